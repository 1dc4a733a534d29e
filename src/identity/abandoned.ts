import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** How long something lies unfinished before its writer counts as killed, in milliseconds. */
const ABANDONED_AFTER = 60_000;

/**
 * Removes what killed processes had begun to write into a directory: it may hold a key in clear. To be
 * called after a change to the directory, whose time is what the age of the others is measured by.
 *
 * @param isUnfinished tells by the name what is never meant to stay.
 */
export function removeAbandoned(directory: string, isUnfinished: (name: string) => boolean): void {
  const { mtimeMs } = statSync(directory);
  for (const name of readdirSync(directory).filter(isUnfinished)) {
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    const isOld = stat !== undefined && mtimeMs - stat.mtimeMs >= ABANDONED_AFTER;
    if (isOld) rmSync(path, { recursive: true, force: true });
  }
}
