import { join } from 'node:path';
import { withFileLock } from '../sqlite/file-lock.js';

/** Whose transactions are to be kept in a row, and where the lock files lie. */
export interface AccountLockOptions {
  readonly directory: string;
  readonly chainId: bigint;
  readonly account: string;
  /** How long to wait for the others, in milliseconds. */
  readonly timeout: number;
}

/**
 * Runs the work while no other process, and no other caller in this one, works with the account's
 * nonces.
 *
 * @throws MsgError `timeout` when others hold it for too long.
 */
export function withAccountLock<T>(
  { directory, chainId, account, timeout }: AccountLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(directory, `${lockPrefix(chainId)}${account.toLowerCase()}.lock`);
  return withFileLock({ path, what: `the lock of account ${account}`, timeout }, work);
}

/** How the names of all lock files of a chain's accounts begin. */
export function lockPrefix(chainId: bigint): string {
  return `nonce-${chainId}-`;
}
