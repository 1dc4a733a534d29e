import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { MsgError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { openToOthers } from '../files/open-to-others.js';
import { removeAbandoned } from './abandoned.js';

/** How a file is written. */
export interface WriteOptions {
  /** Permission bits; by default 0600. */
  readonly mode?: number;
  /** Whether a file that is there already is replaced; by default that is an error. */
  readonly force?: boolean;
}

/** Files larger than this are not keys or certificates, in bytes. */
const MAX_SIZE = 1024 * 1024;

/**
 * Writes a whole file or nothing: a temporary file beside it, fsync, then its final name, then fsync
 * of the directory. Missing directories are made with mode 0700.
 *
 * @throws MsgError `file-exists` when the file is there and `force` is not set, `disk-full`, or
 *   `config` when it cannot be written for another reason.
 */
export function writeWhole(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): void {
  try {
    replaceWhole(path, content, options);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function replaceWhole(path: string, content: string | Uint8Array, options: WriteOptions): void {
  const directory = dirname(path);
  makeDirectory(directory, 0o700);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeSynced(temporary, content, options.mode ?? 0o600);
    if (options.force === true) renameSync(temporary, path);
    else linkNew(temporary, path);
    syncDirectory(directory);
    if (options.force === true) removeAbandoned(directory, (name) => isTemporaryOf(path, name));
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether a name is that of a temporary file of this one. */
export function isTemporaryOf(path: string, name: string): boolean {
  return name.startsWith(`${basename(path)}.`) && /\.[0-9a-f]{12}\.tmp$/.test(name);
}

/** The failure to write a file, as a MsgError where the system says why. */
export function unwritable(path: string, cause: unknown): unknown {
  const errno = errnoOf(cause);
  if (cause instanceof MsgError || errno === undefined) return cause;
  const isFull = errno === 'ENOSPC' || errno === 'EDQUOT';
  return new MsgError(isFull ? 'disk-full' : 'config', `cannot write ${path}: ${errno}`, {
    hint: isFull
      ? 'make room on the disk that holds it, and try again'
      : 'check that its directory can be made, and who may write there',
    cause,
  });
}

/** link(2) fails where rename(2) would silently replace. */
function linkNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause;
    throw new MsgError('file-exists', `${path} exists already`, {
      hint: 'choose another name, or --force to replace it',
    });
  }
}

/** Makes what happened to the names in a directory last. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * Reads a file that may hold a secret.
 *
 * @throws MsgError `key-missing` when it is not there, `key-refused` when group or others may read
 *   or write it, when it cannot be read or is larger than 1 MiB.
 */
export function readPrivate(path: string): Buffer {
  return read(path, (file) => {
    const mode = openToOthers(file);
    if (mode === undefined) return;
    throw new MsgError('key-refused', `${path} is open to others (mode ${mode})`, {
      hint: `chmod 600 ${path}`,
    });
  });
}

/**
 * Reads a small file that holds nothing secret.
 *
 * @throws MsgError `key-missing` when it is not there, `key-refused` when it cannot be read or is
 *   larger than 1 MiB.
 */
export function readPublic(path: string): Buffer {
  return read(path, () => undefined);
}

/** The mode is taken from the open file, so that nobody can exchange it in between. */
function read(path: string, check: (file: Stats) => void): Buffer {
  const file = openForReading(path);
  try {
    const stat = fstatSync(file);
    check(stat);
    const { size } = stat;
    if (size > MAX_SIZE)
      throw new MsgError('key-refused', `${path} is too large (${size} bytes)`, {
        hint: 'a key or certificate is no larger than 1 MiB: check the path',
      });
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const isMissing = errnoOf(cause) === 'ENOENT';
    const [code, state] = isMissing
      ? (['key-missing', 'does not exist'] as const)
      : (['key-refused', 'cannot be read'] as const);
    throw new MsgError(code, `${path} ${state}`, {
      hint: 'check the path and who may read it',
      cause,
    });
  }
}

/** The `code` of a system error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
