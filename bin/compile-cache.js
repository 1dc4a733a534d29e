// Keeps V8's compiled form of the program between runs: compiling it anew is half of what a short
// `msg send` would cost.
'use strict';

const {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} = require('node:fs');
const { homedir } = require('node:os');
const { basename, dirname, isAbsolute, join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/**
 * Loads the program; `keep` stores its compiled form when no run before has. What it loads on demand
 * are modules that are imported from beside it.
 */
function loadCompiled(file) {
  const stats = statSync(file);
  const path = cachePath(stats);
  const cacheSize = ownSize(path);
  // Both are read into the same memory: the kernel hands out each page of it for the first time only once.
  const room = Buffer.allocUnsafeSlow(Math.max(stats.size, cacheSize));
  const source = readSource(file, room.subarray(0, stats.size));
  const cachedData = readCache(path, room.subarray(0, cacheSize));
  // The bundler writes the function around the program: to add that here would copy it all.
  const script = new Script(source, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = {
    exports: {},
    get url() {
      return pathToFileURL(file).href;
    },
  };
  const loadPart = (specifier) => import(new URL(specifier, module.url));
  // Packages are found from here as from there.
  script.runInThisContext()(module.exports, require, module, loadPart);
  const isKept = cachedData !== undefined && script.cachedDataRejected === false;
  return { module: module.exports, keep: () => (isKept ? undefined : store(path, script)) };
}

/**
 * The cache of one file as it is now, for this very Node; it holds what the first run has used, so the
 * commands that are called most have one each.
 */
function cachePath({ size, mtimeMs }) {
  const command = process.argv.find((argument) => argument === 'send' || argument === 'listen');
  const version = `${process.version}-${process.arch}-${size}-${Math.trunc(mtimeMs)}`;
  const name = `${command ?? 'msg'}-${version}.bin`;
  return join(cacheDirectory(), 'code', name);
}

/** As src/config/directories.ts places it. */
function cacheDirectory() {
  const { MSG_HOME, XDG_CACHE_HOME } = process.env;
  if (MSG_HOME) return resolve(MSG_HOME, 'cache');
  const base =
    XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'msg');
}

/** How long a cache is; 0 where there is none. It is code: one that others own or may write to is not used. */
function ownSize(path) {
  try {
    let size = 0;
    for (const one of [dirname(path), path]) {
      const { mode, uid, size: length } = statSync(one);
      const isOurs = process.getuid === undefined || uid === process.getuid();
      if (!isOurs || (process.platform !== 'win32' && (mode & 0o022) !== 0)) return 0;
      size = length;
    }
    return size;
  } catch {
    return 0;
  }
}

/** The program's text; the bundler writes ASCII only. */
function readSource(file, room) {
  const text = readInto(room, file);
  return text.length === room.length ? text.latin1Slice() : readFileSync(file, 'latin1');
}

function readCache(path, room) {
  if (room.length === 0) return undefined;
  try {
    return readInto(room, path);
  } catch {
    return undefined;
  }
}

/** As much of a file as there is and fits. */
function readInto(room, file) {
  const descriptor = openSync(file);
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < room.length; length += read) {
      read = readSync(descriptor, room, length, room.length - length);
    }
    return room.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Whole or not at all, in place of older versions'; a home that cannot be written to only costs time. */
function store(path, script) {
  try {
    makeDirectory(dirname(path));
    // V8 takes a cache back only under the flags it was made with; src/commands/heap.ts sets this one.
    require('node:v8').setFlagsFromString('--heap-growing-percent=0');
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, script.createCachedData(), { mode: 0o600 });
    renameSync(partial, path);
    const [command] = basename(path).split('-');
    for (const name of readdirSync(dirname(path))) {
      // Older versions', and what a killed process had begun to write.
      const isOther = name.startsWith(`${command}-`) && name !== basename(path);
      if (isOther) unlinkSync(join(dirname(path), name));
    }
  } catch {
    return;
  }
}

/** Node's own recursive mkdir never returns below /proc; see src/files/make-directory.ts. */
function makeDirectory(path) {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

module.exports = { loadCompiled };
