import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** For how long a temporary file may be somebody's who is still writing it, in milliseconds. */
const TEMPORARY = 3_600_000;

interface File {
  readonly path: string;
  readonly bytes: number;
  readonly modified: number;
}

/**
 * Keeps a directory of replaceable files within its limits: the files that were written longest ago
 * go first, and temporary ones that a killed process has left.
 */
export function prune(
  directory: string,
  limits: { readonly bytes: number; readonly files: number },
): void {
  const files = [...filesIn(directory)].sort((one, other) => other.modified - one.modified);
  const newest = files[0]?.modified ?? 0;
  let [bytes, count] = [0, 0];
  for (const file of files) {
    const isLeftOver = file.path.endsWith('.tmp') && newest - file.modified > TEMPORARY;
    const isTooMuch = bytes + file.bytes > limits.bytes || count + 1 > limits.files;
    if (isLeftOver || isTooMuch) remove(file.path);
    else [bytes, count] = [bytes + file.bytes, count + 1];
  }
}

function filesIn(directory: string): readonly File[] {
  try {
    return readdirSync(directory).flatMap((name) => fileAt(join(directory, name)));
  } catch {
    return [];
  }
}

/** Another process may have removed it meanwhile. */
function fileAt(path: string): readonly File[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? [] : [{ path, bytes: stat.size, modified: stat.mtimeMs }];
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays until the next time.
  }
}
