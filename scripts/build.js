// Bundles src/ into dist/ and, unless --no-types is given, writes the library's type declarations.
//
// Scripts call `msg send` thousands of times, and Node pays for every file it has to find, load and
// compile. So what sending and listening need is one CommonJS file (`main.cjs`), whose compiled form
// the launcher keeps. Everything else stays in files of its own, loaded when a command asks for it
// (`parts/`), which share what they have in common with each other but not with main.cjs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** What is loaded on demand and yet belongs into main.cjs. */
const HOT = [
  /\/commands\/(?:send|listen|content-type)\.js$/,
  /\/session\/session\.js$/,
  /\/transport\/(?:kafka|embedded)\//,
];

/** Modules that a package loads at once and that msg does not let it use, or one of many. */
const SELDOM = [
  { module: /^node:child_process$/, importer: /\/commander\// },
  { module: /^child_process$/, importer: /\/detect-libc\// },
  { module: /^assert$/, importer: /\/kafkajs\// },
  { module: /^\.\/randomBytes$/, importer: /\/kafkajs\/src\/producer\/partitioners\// },
  { module: /^\.\/(?!apiKeys$)/, importer: /\/kafkajs\/src\/protocol\/requests\/index\.js$/ },
  { module: /^\.\/(?:consumer|admin)$/, importer: /\/kafkajs\/src\/index\.js$/ },
];

/** Likewise, of what msg itself imports: plain sending to a peer in the cache does without. */
const SELDOM_IMPORTS = [
  ...['node:fs/promises', 'node:module', 'node:timers/promises', 'node:zlib'],
  '@noble/hashes/sha3',
];

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
  external: ['libsql', '@node-rs/crc32', '@foundry-rs/anvil'],
};

// Built aside and then moved into place, so that a program started meanwhile finds it whole.
mkdirSync('node_modules/.cache', { recursive: true });
const fresh = mkdtempSync('node_modules/.cache/dist-');
try {
  await bundle(fresh);
  if (!process.argv.includes('--no-types')) declare(fresh);
  rmSync('dist', { recursive: true, force: true });
  renameSync(fresh, 'dist');
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** Writes main.cjs, and the parts that it was found to load on demand. */
async function bundle(directory) {
  const parts = new Map();
  const plugin = { name: 'parts', setup: (build) => leaveOut(build, parts) };
  await build({
    ...common,
    entryPoints: ['src/main.ts'],
    outfile: `${directory}/main.cjs`,
    format: 'cjs',
    define: { 'import.meta.url': 'module.url' },
    // An expression: the launcher calls the function with what a module gets, and what loads parts.
    banner: { js: '(function(exports,require,module,$parts){' },
    footer: { js: '})' },
    external: common.external.filter((name) => name !== 'libsql'),
    plugins: [
      plugin,
      { name: 'seldom', setup: loadSeldomModulesLate },
      { name: 'libsql', setup: bundleLibsql },
    ],
  });
  useLauncher(`${directory}/main.cjs`);
  await build({
    ...common,
    entryPoints: { index: 'src/index.ts', ...Object.fromEntries(parts) },
    outdir: directory,
    format: 'esm',
    splitting: true,
    chunkNames: 'parts/shared-[hash]',
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
}

/**
 * The launcher runs main.cjs as a compiled script, in which `import()` does not work: it hands in a
 * function of its own for the parts. The name is as long as `import`, so that source maps stay right.
 */
function useLauncher(file) {
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replaceAll('import("./parts/', '$parts("./parts/'),
  );
}

/** Replaces `import()` of what belongs elsewhere by one of the part that will hold it. */
function leaveOut(plugin, parts) {
  plugin.onResolve({ filter: /./ }, async ({ kind, path, pluginData, ...from }) => {
    if (kind !== 'dynamic-import' || pluginData === 'resolved') return undefined;
    const resolved = await plugin.resolve(path, { kind, ...from, pluginData: 'resolved' });
    const part = resolved.external ? undefined : partFor(resolved.path, parts);
    return part === undefined ? resolved : { path: part, external: true };
  });
}

/** Gives a package a stand-in that loads the real module when something of it is first asked for. */
function loadSeldomModulesLate(plugin) {
  plugin.onResolve({ filter: /./ }, ({ path, importer, resolveDir, namespace }) => {
    if (namespace.startsWith('late')) return undefined;
    const pluginData = resolveDir;
    if (SELDOM_IMPORTS.includes(path)) return { path, namespace: 'late-import', pluginData };
    const isSeldom = SELDOM.some((one) => one.module.test(path) && one.importer.test(importer));
    return isSeldom ? { path, namespace: 'late', pluginData } : undefined;
  });
  plugin.onLoad({ filter: /./, namespace: 'late' }, ({ path, pluginData: resolveDir }) => ({
    contents: `module.exports = new Proxy(() => undefined, {
      get: (_, name) => require('${path}')[name],
      apply: (_, self, args) => require('${path}').apply(self, args),
    });`,
    resolveDir,
  }));
  // An importer copies the properties that it finds at once, and keeps the prototype.
  plugin.onLoad({ filter: /./, namespace: 'late-import' }, ({ path, pluginData: resolveDir }) => ({
    contents: `let loaded;
      const get = (_, name) => name === '__esModule' ? undefined : (loaded ??= require('${path}'))[name];
      module.exports = Object.create(new Proxy({}, { get }));`,
    resolveDir,
  }));
  // Its hashes need no random bytes, for which it would have Node set up the whole of Web Crypto.
  plugin.onLoad({ filter: /\/@noble\/hashes\/(?:esm\/)?cryptoNode\.js$/ }, () => ({
    contents: `export const crypto = {
      getRandomValues: (array) => require('node:crypto').webcrypto.getRandomValues(array),
    };`,
  }));
}

/**
 * libsql's loader is bundled, which spares finding and compiling a dozen files; its binary, a package
 * of its own, is where libsql is and not necessarily where msg is.
 */
function bundleLibsql(plugin) {
  plugin.onLoad({ filter: /\/src\/sqlite\/load-libsql\.ts$/ }, () => ({
    // Those who need the other half do much: it is found when they do.
    contents: `export const loadLibsql = () => require('libsql');
      export const loadAsyncLibsql = () => ((find, name) => find(name))(require, 'libsql/promise');`,
    resolveDir: '.',
  }));
  // It would copy every name there is in node:fs, with whatever stands behind it.
  plugin.onLoad({ filter: /\/@neon-rs\/load\/.*\.js$/ }, ({ path }) => ({
    contents: replaced(readFileSync(path, 'utf8'), /__importStar\((require\("\w+"\))\)/g, '$1'),
  }));
  const ask = 'require(`@libsql/${target}`)';
  plugin.onLoad({ filter: /\/libsql\/index\.js$/ }, ({ path }) => {
    const file = JSON.stringify(resolve('src/sqlite/libsql-binary.ts'));
    const answer = `require(${file}).requireLibsqlBinary(target, require)`;
    return { contents: replaced(readFileSync(path, 'utf8'), ask, answer) };
  });
}

/** A package's source with a change that has to be possible. */
function replaced(source, what, by) {
  const result = source.replace(what, by);
  if (result === source) throw new Error(`a package has changed: ${what} is not there any more`);
  return result;
}

/** The part that holds a file, named after it and its folder. */
function partFor(source, parts) {
  const file = source.replace(/\.ts$/, '.js');
  if (HOT.some((pattern) => pattern.test(file))) return undefined;
  const [folder, stem] = file
    .replace(/\.[cm]?js$/, '')
    .split('/')
    .slice(-2);
  const name = `parts/${folder}-${stem}`;
  if ((parts.get(name) ?? source) !== source) throw new Error(`two parts are called ${name}`);
  parts.set(name, source);
  return `./${name}.js`;
}

function declare(directory) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', `${directory}/types`];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}
