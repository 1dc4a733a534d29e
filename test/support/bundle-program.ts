import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/**
 * Bundles a TypeScript program of the test tree, so that tests can start it as a process of its own.
 * To be called in a `describe` or a file: the bundle is gone after its last test.
 *
 * @returns the path for `node`.
 */
export async function bundleProgram(entry: string): Promise<string> {
  // Below node_modules, where the program finds the packages that stay outside the bundle.
  const cache = resolve('node_modules/.cache/test-programs');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, `${basename(entry, '.ts')}-`));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const outfile = join(directory, 'program.mjs');
  await build({
    entryPoints: [resolve(entry)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return outfile;
}
