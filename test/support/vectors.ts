import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';

const ROOT = process.env['MSG_VECTORS'] ?? resolve(import.meta.dirname, '../../../shared/vectors');

/** The names of the files in a folder of the third-party test data that end so. */
export function listVectors(folder: string, suffix: string): string[] {
  const path = join(ROOT, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => name.endsWith(suffix));
}

/** One file of the third-party test data. */
export function readVector(folder: string, name: string): Buffer {
  return readFileSync(join(ROOT, folder, name));
}

/**
 * `describe` for suites that need a folder of the third-party test data: where it is missing they
 * are skipped, saying so in one line; with CI=true they run, and so fail.
 */
export function describeWithVectors(folder: string): typeof describe | typeof describe.skip {
  if (process.env['CI'] === 'true' || existsSync(join(ROOT, folder))) return describe;
  process.stderr.write(`skipped: no test data ${folder}/ (set MSG_VECTORS)\n`);
  return describe.skip;
}
