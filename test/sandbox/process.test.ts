import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isAtWorkIn, isRunning, stopProcess } from '../../src/sandbox/process.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A process that does nothing, with its directory on its command line. */
function idle(directory: string): ChildProcess & { readonly pid: number } {
  const script = 'setInterval(() => undefined, 1000)';
  const child = spawn(process.execPath, ['-e', script, '--', join(directory, 'state.json')]);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  if (child.pid === undefined) throw new Error('no process');
  return Object.assign(child, { pid: child.pid });
}

describe('a process that an earlier run had started', () => {
  it('is known by its directory', () => {
    const directory = temporaryDirectory();
    expect(isAtWorkIn(directory, idle(directory).pid)).toBe(true);
  });

  it('is not any process that has its id now', () => {
    const other = idle(temporaryDirectory());
    expect(isAtWorkIn(temporaryDirectory(), other.pid)).toBe(false);
    expect(isAtWorkIn(temporaryDirectory(), process.pid)).toBe(false);
  });

  it('is not at work any more once it has ended', async () => {
    const directory = temporaryDirectory();
    const { pid } = idle(directory);
    await stopProcess(pid);
    expect(isRunning(pid)).toBe(false);
    expect(isAtWorkIn(directory, pid)).toBe(false);
  });
});
