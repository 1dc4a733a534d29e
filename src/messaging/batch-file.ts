import { hash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { MsgError } from '../errors.js';
import type { FileStamp } from '../ledger/port.js';
import { SURELY_FITS, type AnySendRequest } from './send-request.js';

/** A file as it stands at one moment. */
export interface StampedFile extends FileStamp {
  /** When content or status last changed, in Unix milliseconds. */
  readonly changedAt: number;
}

/** A file's content, looked through while it did not change. */
export interface FileContent {
  /** The bytes, or where they are too many for one record the file. */
  readonly payload: AnySendRequest['payload'];
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * @throws MsgError `file-not-found` for what cannot be read or is no file.
 */
export async function stampOf(path: string): Promise<StampedFile> {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) {
      throw new MsgError('file-not-found', `${path} is not a file`, { hint: 'name files only' });
    }
    return stamp(stats);
  } catch (error) {
    throw explain(error, path);
  }
}

/** Looks through a file as it was when it was stamped; undefined when it has changed since. */
export async function readSettled(
  path: string,
  stamped: FileStamp,
): Promise<FileContent | undefined> {
  try {
    if (stamped.size > SURELY_FITS) return await hashUnchanged(path, stamped);
    const file = await open(path, 'r');
    try {
      const payload = await readUnchanged(file, stamped);
      return payload && { payload, sha256: hash('sha256', payload, 'hex') };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(error, path);
  }
}

async function hashUnchanged(path: string, stamped: FileStamp): Promise<FileContent | undefined> {
  const { hashFile } = await import('./large/hash-source.js');
  const before = stamp(await stat(path, { bigint: true }));
  if (!isAlike(before, stamped)) return undefined;
  try {
    const { sha256 } = await hashFile(path, () => undefined);
    return { payload: { file: path }, sha256 };
  } catch (error) {
    if (error instanceof MsgError && error.code === 'file-changed') return undefined;
    throw error;
  }
}

async function readUnchanged(file: FileHandle, stamped: FileStamp): Promise<Buffer | undefined> {
  if (!isAlike(stamp(await file.stat({ bigint: true })), stamped)) return undefined;
  const payload = await file.readFile();
  const isSame = isAlike(stamp(await file.stat({ bigint: true })), stamped);
  return isSame && BigInt(payload.length) === stamped.size ? payload : undefined;
}

function stamp({ size, mtimeNs, ctimeMs, mtimeMs, ino }: BigIntStats): StampedFile {
  const changedAt = Number(ctimeMs > mtimeMs ? ctimeMs : mtimeMs);
  return { size, mtimeNs, inode: BigInt.asIntN(64, ino), changedAt };
}

function isAlike(one: FileStamp, other: FileStamp): boolean {
  return one.size === other.size && one.mtimeNs === other.mtimeNs && one.inode === other.inode;
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof MsgError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code === 'ERR_FS_FILE_TOO_LARGE') {
    return new MsgError('too-large', `${path} is too large for one message`, { cause: error });
  }
  const message = code === 'ENOENT' ? `no such file: ${path}` : `cannot read ${path}: ${code}`;
  return new MsgError('file-not-found', message, { hint: 'check the path', cause: error });
}
