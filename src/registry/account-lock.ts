import { join } from 'node:path';
import { MsgError } from '../errors.js';
import { Connection } from '../sqlite/connection.js';

/** Whose transactions are to be kept in a row, and where the lock files lie. */
export interface AccountLockOptions {
  readonly directory: string;
  readonly chainId: bigint;
  readonly account: string;
  /** How long to wait for the others, in milliseconds. */
  readonly timeout: number;
}

const POLL = 20;
const inThisProcess = new Map<string, Promise<unknown>>();

/**
 * Runs the work while no other process, and no other caller in this one, works with the account's
 * nonces. The lock is SQLite's on an empty database file, so that the kernel gives it back when its
 * holder dies.
 *
 * @throws MsgError `timeout` when others hold it for too long.
 */
export async function withAccountLock<T>(
  options: AccountLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { directory, chainId, account } = options;
  const path = join(directory, `nonce-${chainId}-${account.toLowerCase()}.lock`);
  const before = inThisProcess.get(path) ?? Promise.resolve();
  const mine = before.then(() => locked(path, options, work));
  const settled = mine.catch(() => undefined);
  inThisProcess.set(path, settled);
  try {
    return await mine;
  } finally {
    if (inThisProcess.get(path) === settled) inThisProcess.delete(path);
  }
}

async function locked<T>(
  path: string,
  { timeout, account }: AccountLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + timeout;
  const what = `the lock of account ${account}`;
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
