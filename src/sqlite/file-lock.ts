import { MsgError } from '../errors.js';
import { Connection } from './connection.js';

/** Which file is the lock, and how long to wait for it. */
export interface FileLockOptions {
  readonly path: string;
  /** What it is the lock of, for the error. */
  readonly what: string;
  /** How long to wait for the others, in milliseconds. */
  readonly timeout: number;
}

const POLL = 20;
const inThisProcess = new Map<string, Promise<unknown>>();

/**
 * Runs the work while no other process, and no other caller in this one, holds the lock. The lock is
 * SQLite's on an empty database file, so that the kernel gives it back when its holder dies.
 *
 * @throws MsgError `timeout` when others hold it for too long.
 */
export async function withFileLock<T>(
  options: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { path } = options;
  const before = inThisProcess.get(path) ?? Promise.resolve();
  const mine = before.then(() => locked(options, work));
  const settled = mine.catch(() => undefined);
  inThisProcess.set(path, settled);
  try {
    return await mine;
  } finally {
    if (inThisProcess.get(path) === settled) inThisProcess.delete(path);
  }
}

async function locked<T>(
  { path, what, timeout }: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + timeout;
  const options = { path, mode: 0o600, what, busy: 'timeout', busyTimeout: 0 } as const;
  // Opening can meet another process that is making the file.
  const connection = await patiently(deadline, () => new Connection(options));
  try {
    await patiently(deadline, () => {
      connection.exec('BEGIN IMMEDIATE');
    });
    try {
      return await work();
    } finally {
      connection.exec('ROLLBACK');
    }
  } finally {
    connection.close();
  }
}

/** Tries again while another process is at the same, until the deadline. */
async function patiently<T>(deadline: number, attempt: () => T): Promise<T> {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      const isHeld = error instanceof MsgError && error.code === 'timeout';
      if (!isHeld || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }
}
