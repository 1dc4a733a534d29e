import { describe, expect, it } from 'vitest';
import { createProgress, describeProgress } from '../../src/terminal/progress.js';
import { createStatusLine } from '../../src/terminal/status-line.js';
import { memoryIO } from '../support/io.js';

const MIB = 1024 * 1024;

function progress(options: { terminal?: boolean; quiet?: boolean } = {}) {
  const terminals = options.terminal === false ? [] : (['stderr'] as const);
  const { io, stderr, stdout } = memoryIO({ terminals, columns: 60 });
  let now = 1_000_000;
  const line = createProgress({
    stderr: io.stderr,
    status: createStatusLine(io.stderr),
    clock: () => now,
    label: 'report\u001b.pdf',
    total: 100 * MIB,
    quiet: options.quiet === true,
  });
  const after = (milliseconds: number, bytes: number): void => {
    now += milliseconds;
    line.advance(bytes);
  };
  const finish = (): void => {
    line.finish();
  };
  return { after, finish, stderr, stdout };
}

describe('progress', () => {
  it('shows bytes, rate and time left after a second', () => {
    const { after, stderr } = progress();
    after(2_000, 25 * MIB);
    expect(stderr()).toBe('\r\u001b[Kreport\\x1b.p…  25 MiB of 100 MiB  25 %  12.5 MiB/s  6s left');
  });

  it('shows nothing for what is done within a second', () => {
    const { after, finish, stderr } = progress();
    after(500, 50 * MIB);
    after(490, 50 * MIB);
    finish();
    expect(stderr()).toBe('');
  });

  it('is drawn at most ten times a second', () => {
    const { after, stderr } = progress();
    after(1_000, MIB);
    for (let step = 0; step < 99; step += 1) after(10, 1);
    expect(stderr().split('\r')).toHaveLength(1 + 10);
  });

  it('takes its line away at the end', () => {
    const { after, finish, stderr } = progress();
    after(2_000, MIB);
    finish();
    expect(stderr().endsWith('left\r\u001b[K')).toBe(true);
  });

  it.each([{ terminal: false }, { quiet: true }])('is silent with %j', (options) => {
    const { after, finish, stderr, stdout } = progress(options);
    after(5_000, MIB);
    finish();
    expect(stderr() + stdout()).toBe('');
  });
});

describe('a description of progress', () => {
  it.each([
    [{ done: 5 * MIB, elapsed: 1_000 }, 'f  5 MiB  5 MiB/s'],
    [{ done: 0, total: 10, elapsed: 0 }, 'f  0 B of 10 B  0 %  0 B/s'],
    [{ done: 10, total: 10, elapsed: 1_000 }, 'f  10 B of 10 B  100 %  10 B/s'],
    [{ done: 10, elapsed: 1_000, columns: 8, label: 'a long label' }, 'a long …'],
    [{ done: 0, total: 0, elapsed: 1 }, 'f  0 B of 0 B  100 %  0 B/s'],
    [{ done: 1024, total: 7_373_824, elapsed: 1_000 }, 'f  1 KiB of 7 MiB  0 %  1 KiB/s  2h left'],
  ])('of %j is %s', (state, text) => {
    expect(describeProgress({ label: 'f', columns: 80, ...state })).toBe(text);
  });
});
