import { dirname, join, resolve } from 'node:path';
import { MsgError } from '../errors.js';
import {
  codeOf,
  identityOf,
  linkOrCopyDurably,
  linkUnlessTaken,
  syncDirectory,
  unlinkQuietly,
  writeDurably,
  type FileIdentity,
} from '../files/durable-file.js';
import { makeDirectory } from '../files/make-directory.js';
import { fileNameFor, numberedName } from './file-name.js';
import type { Payload } from './payload.js';
import type { IncomingDelivery, Sink, SinkResult } from './sink.js';

/**
 * Delivers each message as a file with its final name exactly once, whatever crashes in between.
 *
 * The bytes go to a temporary file beside the final one and are fsynced (a payload that is a file
 * already gets a second name there, where the file system allows it); the final path is noted in the
 * ledger; `link(2)` gives it that name, never overwriting; then the temporary name goes away. So
 * whoever finds a note and no temporary file beside it, or one that has its final name too, knows that
 * the file had been delivered, even if it has since been moved away, or another directory is asked for
 * now.
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
    if ((await identityOf(directory)) === undefined) return undefined;
    const left = join(directory, temporary);
    const found = await identityOf(left);
    const isFinal = found === undefined || (await hasFinalName(found, message.payload));
    if (!isFinal) await message.note('');
    await unlinkQuietly(left);
    return isFinal ? noted : undefined;
  }

  async #write(name: string, message: IncomingDelivery): Promise<string> {
    const temporary = join(this.#directory, name);
    makeDirectory(this.#directory);
    await place(message.payload, temporary);
    const wanted = fileNameFor(message.header);
    for (let count = 1; ; count++) {
      const file = numberedName(wanted, count);
      const path = join(this.#directory, file);
      if ((await identityOf(path)) !== undefined) continue;
      await message.note(resolve(path));
      if (!(await linkUnlessTaken(temporary, path))) continue;
      await syncDirectory(this.#directory);
      await unlinkQuietly(temporary);
      return path;
    }
  }
}

async function place(payload: Payload, path: string): Promise<void> {
  await unlinkQuietly(path);
  if (payload.place === 'memory') await writeDurably(path, payload.content);
  else await linkOrCopyDurably(payload.path, path);
}

/** Whether a temporary file has more names than it was begun with. */
async function hasFinalName(temporary: FileIdentity, payload: Payload): Promise<boolean> {
  const source = payload.place === 'file' ? await identityOf(payload.path) : undefined;
  const isSource = source?.inode === temporary.inode && source.device === temporary.device;
  return temporary.links > (isSource ? 2 : 1);
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
