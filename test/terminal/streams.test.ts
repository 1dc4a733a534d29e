import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAll, refuseBinary } from '../../src/terminal/input.js';
import { createIO } from '../../src/terminal/streams.js';
import { memoryIO } from '../support/io.js';
import { bundleProbe } from '../support/probe.js';

const PROBE = `
import { createIO } from './src/terminal/streams.js';
const io = createIO(process);
const line = 'x'.repeat(1023) + '\\n';
let written = 0;
while (written < Number(process.argv[2]) && (await io.stdout.write(line)) === 'written') written += 1;
const again = await io.stdout.write(line);
await io.stderr.write(JSON.stringify({ written, again, closed: io.stdout.closed }));
`;

describe('a stream of a real process', () => {
  let directory = '';
  let probe = '';

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'msg-streams-'));
    probe = bundleProbe(PROBE, directory);
    return () => {
      rmSync(directory, { recursive: true, force: true });
    };
  });

  const sh = async (command: string) =>
    promisify(execFile)('bash', ['-o', 'pipefail', '-c', command], { maxBuffer: 2 ** 24 });

  it('delivers a megabyte to a reader that takes its time', async () => {
    const { stdout } = await sh(`'${process.execPath}' '${probe}' 1023 | (sleep 0.2; wc -c)`);
    expect(stdout.trim()).toBe(String(1024 * 1024));
  });

  it('stops quietly, and without an error, when the reader has gone', async () => {
    const { stdout, stderr } = await sh(
      `'${process.execPath}' '${probe}' 100000 | head -1 | wc -c`,
    );
    expect(stdout.trim()).toBe('1024');
    const end: unknown = JSON.parse(stderr);
    expect(end).toMatchObject({ again: 'closed', closed: true });
    expect((end as { written: number }).written).toBeLessThan(1_000);
  });

  it.skipIf(!existsSync('/dev/full'))('names a full disk', () => {
    const { stderr, status } = spawnSync(
      'bash',
      ['-c', `'${process.execPath}' '${probe}' 1 > /dev/full`],
      {
        encoding: 'utf8',
      },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain("code: 'disk-full'");
  });
});

describe('writing', () => {
  it('waits until the stream has taken the bytes', async () => {
    const steps: string[] = [];
    let release: () => void = () => undefined;
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        release = () => {
          steps.push('taken');
          done();
        };
      },
    });
    const io = createIO({ stdin: process.stdin, stdout, stderr: stdout, env: {} });
    const written = io.stdout.write('x').then((outcome) => steps.push(outcome));
    release();
    await written;
    expect(steps).toEqual(['taken', 'written']);
  });

  it('passes on a failure that it does not know', async () => {
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('i/o error'), { code: 'EIO' }));
      },
    });
    const io = createIO({ stdin: process.stdin, stdout, stderr: stdout, env: {} });
    await expect(io.stdout.write('x')).rejects.toThrow('i/o error');
  });

  it('takes the width of what is no terminal for 80', () => {
    expect(memoryIO().io.stdout.columns).toBe(80);
    expect(memoryIO({ columns: 0 }).io.stdout.columns).toBe(80);
    expect(memoryIO({ columns: 132 }).io.stdout.columns).toBe(132);
  });
});

describe('reading', () => {
  it('takes standard input to its end, whatever its bytes', async () => {
    const bytes = Uint8Array.from([0, 255, 10, 13]);
    const { io } = memoryIO({ stdin: bytes });
    expect(await readAll(io.stdin, 4)).toEqual(Buffer.from(bytes));
  });

  it('stops where there is more than may be', async () => {
    const { io } = memoryIO({ stdin: 'x'.repeat(1025) });
    await expect(readAll(io.stdin, 1024)).rejects.toMatchObject({
      code: 'too-large',
      message: 'standard input is larger than 1 KiB',
    });
  });
});

describe('binary data', () => {
  it('stays off a terminal', () => {
    const { io } = memoryIO({ terminals: ['stdout'] });
    expect(() => {
      refuseBinary(io.stdout, '-o FILE');
    }).toThrow(
      expect.objectContaining({
        code: 'usage',
        hint: expect.stringContaining('-o FILE') as string,
      }),
    );
  });

  it('goes into a pipe', () => {
    refuseBinary(memoryIO({ terminals: ['stderr'] }).io.stdout, '-o FILE');
  });
});
