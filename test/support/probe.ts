import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** The repository's root. */
export const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Bundles a small program that imports from `./src/...` into a file Node can run, for tests of what
 * only a process of its own can show: its streams, its terminal, its exit code.
 *
 * @returns the file's path
 */
export function bundleProbe(source: string, directory: string): string {
  const outfile = join(directory, 'probe.mjs');
  buildSync({
    stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'error',
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  return outfile;
}

/** The packages that a module of `src/` loads as soon as it is imported. */
export function packagesLoadedBy(entry: string): readonly string[] {
  const { metafile } = buildSync({
    entryPoints: [join(ROOT, entry)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'unused',
    logLevel: 'error',
  });
  const loaded = new Set<string>();
  const visit = (output: string): void => {
    for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (external === true) loaded.add(path);
      else visit(path);
    }
  };
  const main = Object.keys(metafile.outputs).find(
    (name) => metafile.outputs[name]?.entryPoint === entry,
  );
  if (main === undefined) throw new Error(`no output for ${entry}`);
  visit(main);
  return [...loaded].filter((path) => !path.startsWith('node:')).sort();
}
