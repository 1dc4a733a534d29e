import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../domain/environment.js';

/** How often files are looked at for changes, in milliseconds. */
const LOOK_EVERY = 1_000;

/** What distinguishes the present state of files and directories (two levels deep) from others. */
export function stampOf(paths: readonly string[], depth = 2): string {
  return paths.map((path) => stampOne(path, depth)).join('\n');
}

function stampOne(path: string, depth: number): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `${path} absent`;
  const own = `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  if (!stat.isDirectory() || depth === 0) return own;
  const below = readdirSync(path).map((name) => join(path, name));
  return `${own}\n${stampOf(below, depth - 1)}`;
}

/** A value made from files, and made again when they have changed. */
export interface Reloading<T> {
  /** The value as it was at the last look, which is at most a second ago. */
  current(): T;
  /** The value as of now. */
  look(): T;
}

/**
 * Keeps a value in step with the files it is made from, so that a long-running listener follows a new
 * key, anchor or revocation list without a restart. What cannot be read again stays as it was.
 */
export function reloading<T>(options: {
  /** Told anew at every look where they depend on what the files say. */
  readonly paths: readonly string[] | (() => readonly string[]);
  readonly make: () => T;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}): Reloading<T> {
  const { paths, make, clock, onFailure } = options;
  const stampNow = (): string => stampOf(typeof paths === 'function' ? paths() : paths);
  let stamp = stampNow();
  let value = make();
  let lookedAt = clock();
  const reload = (): void => {
    const now = stampNow();
    if (now === stamp) return;
    stamp = now;
    try {
      value = make();
    } catch (error) {
      onFailure(error);
    }
  };
  const look = (): T => {
    lookedAt = clock();
    reload();
    return value;
  };
  return {
    look,
    current: () => (Math.abs(clock() - lookedAt) < LOOK_EVERY ? value : look()),
  };
}
