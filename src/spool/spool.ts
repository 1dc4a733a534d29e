import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MsgError } from '../errors.js';
import { codeOf, syncDirectory, unlinkQuietly } from '../files/durable-file.js';
import { makeDirectory } from '../files/make-directory.js';

/** The directory of the payloads that are too large for memory and ledger; for its owner's eyes only. */
export class Spool {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /**
   * Opens a file, and makes it where it is new. What is there stays: another process may be at it.
   *
   * @returns undefined when a file is not there that should be.
   * @throws MsgError `disk-full`.
   */
  async open(name: string, { isNew }: { readonly isNew: boolean }): Promise<SpoolFile | undefined> {
    const create = isNew ? constants.O_CREAT : 0;
    const flags = constants.O_RDWR | constants.O_NOFOLLOW | create;
    try {
      if (isNew) makeDirectory(this.#directory, 0o700);
      const file = await open(this.path(name), flags, 0o600);
      if (isNew) await syncDirectory(this.#directory);
      return new SpoolFile(file, this.path(name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && !isNew) return undefined;
      throw explain(error, this.path(name));
    }
  }

  /** Removes a file, if it is there. */
  remove(name: string): Promise<void> {
    return unlinkQuietly(this.path(name));
  }

  /** What lies in the directory. */
  async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

/** An open file of the spool. */
export class SpoolFile {
  readonly #file: FileHandle;
  readonly #path: string;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Writes bytes at a place. @throws MsgError `disk-full`. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const rest = bytes.length - done;
        done += (await this.#file.write(bytes, done, rest, position + done)).bytesWritten;
      }
    } catch (error) {
      throw explain(error, this.#path);
    }
  }

  /** Reads into a buffer, which it fills unless the file ends before; says how many bytes it read. */
  async read(into: Buffer, position: number): Promise<number> {
    let done = 0;
    for (;;) {
      const { bytesRead } = await this.#file.read(into, done, into.length - done, position + done);
      done += bytesRead;
      if (bytesRead === 0 || done === into.length) return done;
    }
  }

  /** Everything written is on the disk when this resolves. @throws MsgError `disk-full`. */
  async sync(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      throw explain(error, this.#path);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** What a disk refuses passes when someone makes room or mends it; nothing is lost by waiting. */
function explain(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof MsgError) return error;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const what = isFull ? `no space left for ${path}` : `cannot write ${path}: ${code}`;
  return new MsgError('disk-full', what, {
    hint: isFull
      ? 'free space on the disk that holds it'
      : 'check the disk and who may write to it',
    cause: error,
  });
}
