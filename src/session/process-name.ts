import { hostname } from 'node:os';
import type { RandomSource } from '../domain/environment.js';

/** A name for this process's claims in the ledger: host, process id and a random part. */
export function processName(random: RandomSource): string {
  return `${hostname()}:${process.pid}:${Buffer.from(random(4)).toString('hex')}`;
}

/**
 * Whether the process of that name has certainly ended: it ran on this host, and no process has its
 * id. One whose id was given to another process counts as alive; its claims then run out by time.
 */
export function isGone(name: string): boolean {
  const match = /^(.*):(\d+):[0-9a-f]+$/.exec(name);
  if (match?.[1] !== hostname()) return false;
  try {
    process.kill(Number(match[2]), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
