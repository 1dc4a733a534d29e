import { constants } from 'node:fs';
import { link, open, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MsgError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { fileNameFor, numberedName } from './file-name.js';
import type { IncomingDelivery, Sink, SinkResult } from './sink.js';

/**
 * Delivers each message as a file with its final name exactly once, whatever crashes in between.
 *
 * The bytes go to a temporary file beside the final one and are fsynced; the final path is noted in
 * the ledger; `link(2)` gives it that name, never overwriting; then the temporary name goes away.
 * So whoever finds a note and no temporary file beside it, or one with two names, knows that the file
 * had been delivered, even if it has since been moved away, or another directory is asked for now.
 */
export class DirectorySink implements Sink {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    try {
      return { file: await this.#deliver(message) };
    } catch (error) {
      throw explain(error, this.#directory);
    }
  }

  async #deliver(message: IncomingDelivery): Promise<string> {
    const { from, id } = message.header;
    const temporary = `.${from}.${id}.part`;
    return (await this.#recover(temporary, message)) ?? (await this.#write(temporary, message));
  }

  /** The path of a file that an interrupted attempt had given its final name. */
  async #recover(temporary: string, message: IncomingDelivery): Promise<string | undefined> {
    const noted = message.sinkNote;
    if (noted === undefined || noted === '') return undefined;
    const directory = dirname(noted);
    if ((await linkCount(directory)) === undefined) return undefined;
    const left = join(directory, temporary);
    const links = await linkCount(left);
    if (links === 1) await message.note('');
    await unlinkQuietly(left);
    return links === 1 ? undefined : noted;
  }

  async #write(name: string, message: IncomingDelivery): Promise<string> {
    const temporary = join(this.#directory, name);
    makeDirectory(this.#directory);
    await writeDurably(temporary, message.payload);
    const wanted = fileNameFor(message.header);
    for (let count = 1; ; count++) {
      const file = numberedName(wanted, count);
      const path = join(this.#directory, file);
      if ((await linkCount(path)) !== undefined) continue;
      await message.note(resolve(path));
      if (!(await linkUnlessTaken(temporary, path))) continue;
      await syncDirectory(this.#directory);
      await unlinkQuietly(temporary);
      return path;
    }
  }
}

/** How many names a file has, or undefined when there is none at this path. */
async function linkCount(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).nlink;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
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

async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

async function unlinkQuietly(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Everything a directory can refuse passes when someone makes room or repairs it: wait for it. */
function explain(error: unknown, directory: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MsgError('disk-full', `no space left in ${directory}`, {
      hint: 'make room; the message is kept in the ledger and delivered then',
      cause: error,
    });
  }
  return new MsgError('sink-unavailable', `cannot write to ${directory}: ${code}`, {
    hint: 'check that the directory exists, is writable and supports hard links',
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
