// Bundles src/ into dist/ (code splitting, so that a command loads only what it needs) and, unless
// --no-types is given, writes the library's type declarations.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const entryPoints = { start: 'src/start.ts', index: 'src/index.ts' };

// Built aside and then moved into place, so that a program started meanwhile finds it whole.
mkdirSync('node_modules/.cache', { recursive: true });
const fresh = mkdtempSync('node_modules/.cache/dist-');
await build({
  entryPoints,
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  legalComments: 'linked',
  external: ['libsql', '@foundry-rs/anvil'],
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
});

if (!process.argv.includes('--no-types')) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', `${fresh}/types`];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}

rmSync('dist', { recursive: true, force: true });
renameSync(fresh, 'dist');
