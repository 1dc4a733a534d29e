import { mkdirSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a directory and those above it; one that is there is left as it is. Node's own recursive
 * mkdir never returns where the system says ENOENT for a name in a directory that exists, as below
 * /proc.
 *
 * @param mode permission bits of what is created, less the umask.
 * @throws the system's error, such as ENOENT, ENOTDIR, EACCES or ENOSPC.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  const whole = resolve(path);
  if (isDirectory(whole)) return;
  const missing = [whole];
  for (let above = dirname(whole); isMissing(above); above = dirname(above)) missing.push(above);
  for (const directory of missing.reverse()) makeOne(directory, mode);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // Another process may have been faster.
    if (!isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  return lookAt(path)?.isDirectory() === true;
}

function isMissing(path: string): boolean {
  return lookAt(path) === undefined && dirname(path) !== path;
}

/** What cannot be looked at counts as missing: then mkdir says why. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
