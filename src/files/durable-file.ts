import { constants } from 'node:fs';
import { copyFile, link, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises';

/** A file by its place on the disk, and how many names it has. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly links: number;
}

/** The file at a path, or undefined when there is none. */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  try {
    const { dev, ino, nlink } = await stat(path, { bigint: true });
    return { device: dev, inode: ino, links: Number(nlink) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives a file a second name, unless that is taken; says whether it did. */
export async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Makes a durable file appear at a path that is free: as a second name, or as a copy, on the disk when
 * the promise resolves, where the file system has no second names or is another one.
 */
export async function linkOrCopyDurably(from: string, to: string): Promise<void> {
  if (!(await linkWherePossible(from, to))) await copyDurably(from, to);
}

/** What a file system says that has no second names, or has the first one elsewhere. */
const NO_LINK: ReadonlySet<string | undefined> = new Set([
  ...['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'],
]);

/** The file was fsynced where it lies, so a second name for it is no less durable. */
async function linkWherePossible(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (NO_LINK.has(codeOf(error))) return false;
    throw error;
  }
}

/** Makes a copy at a path that is free; it is on the disk when the promise resolves. */
export async function copyDurably(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await syncPath(to, constants.O_RDWR);
  } catch (error) {
    await unlinkQuietly(to);
    throw error;
  }
}

/** Writes a new file, readable by its owner only; it is on the disk when the promise resolves. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await unlinkQuietly(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** Makes the names in a directory durable. */
export function syncDirectory(path: string): Promise<void> {
  return syncPath(path, constants.O_RDONLY);
}

async function syncPath(path: string, flags: number): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, flags);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/** Takes a name away, if it is there. */
export async function unlinkQuietly(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Gives a file another name instead of its own, if it is there. */
export async function renameQuietly(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** The system's name for a failure, such as `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
