import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isGone } from '../session/process-name.js';

/** Removes what processes that are gone have left below a directory with a part for each process. */
export function clearAbandoned(directory: string): void {
  for (const name of namesIn(directory)) {
    if (isGone(name)) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
