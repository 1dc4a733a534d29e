// Runs a TypeScript program of this repository: `node scripts/run-ts.js bench/envelope.ts --json`.
// Bundles it into node_modules/.cache (packages stay outside the bundle), imports it, removes it.
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: node scripts/run-ts.js PROGRAM.ts [ARGUMENT...]');
  process.exit(2);
}

// Below node_modules, so that the bundle finds the packages it leaves outside.
const cache = new URL('../node_modules/.cache/run-ts/', import.meta.url).pathname;
mkdirSync(cache, { recursive: true });
const directory = mkdtempSync(join(cache, `${basename(entry, '.ts')}-`));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

// Node cannot tell the named exports of kafkajs, so that it has to be part of the bundle.
const packagesOutside = {
  name: 'packages-outside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const isInside = kind === 'entry-point' || /^kafkajs($|\/)/.test(path);
      return isInside || isBuiltin(path) ? undefined : { path, external: true };
    }),
};

const outfile = join(directory, 'program.js');
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  plugins: [packagesOutside],
  banner: {
    js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);",
  },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.argv = [process.argv[0], resolve(entry), ...rest];
await import(pathToFileURL(outfile).href);
