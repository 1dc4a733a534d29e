import { checkpoint } from '../domain/checkpoint.js';
import { dirname, join, resolve } from 'node:path';
import { MsgError } from '../errors.js';
import {
  codeOf,
  copyDurably,
  identityOf,
  linkOrCopyDurably,
  linkUnlessTaken,
  renameQuietly,
  syncDirectory,
  unlinkQuietly,
  writeDurably,
  type FileIdentity,
} from '../files/durable-file.js';
import { makeDirectory } from '../files/make-directory.js';
import { fileNameFor, numberedName } from './file-name.js';
import type { Payload } from './payload.js';
import { LaneLost, type IncomingDelivery, type Sink, type SinkResult } from './sink.js';

/**
 * Delivers each message as a file with its final name exactly once, whatever crashes in between, and
 * whoever else takes the message over from a process that was stopped for too long.
 *
 * The bytes go to a temporary file of the attempt's own beside the final one and are fsynced (a payload
 * that is a file already gets a second name there, where the file system allows it); the final path is
 * noted in the ledger; `link(2)` gives it that name, never overwriting; then the temporary name goes
 * away. So whoever finds a note and not its temporary file, or one that has its final name too, knows
 * that the file had been delivered, even if it has since been moved away, or another directory is asked
 * for now. Who takes over renames the temporary file before it looks: from then on nobody else can give
 * it a name.
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
    const delivered = await recover(message);
    await this.#tidy(message);
    return delivered ?? (await this.#write(message));
  }

  /** Earlier attempts that never came to a note may have left their beginnings. */
  async #tidy(message: IncomingDelivery): Promise<void> {
    for (const earlier of earlierAttempts(message)) {
      await unlinkQuietly(join(this.#directory, temporaryName(message, earlier)));
    }
  }

  async #write(message: IncomingDelivery): Promise<string> {
    const temporary = join(this.#directory, temporaryName(message, message.attempt));
    makeDirectory(this.#directory);
    await place(message.payload, temporary);
    checkpoint('file:written');
    const wanted = fileNameFor(message.header);
    for (let count = 1; ; count++) {
      const file = numberedName(wanted, count);
      const path = join(this.#directory, file);
      if ((await identityOf(path)) !== undefined) continue;
      await noteOrLeave(message, temporary, path);
      checkpoint('file:noted');
      if (!(await linkUnlessTaken(temporary, path))) continue;
      checkpoint('file:linked');
      await syncDirectory(this.#directory);
      await unlinkQuietly(temporary);
      return path;
    }
  }
}

async function noteOrLeave(
  message: IncomingDelivery,
  temporary: string,
  path: string,
): Promise<void> {
  try {
    await message.note(writeNote({ attempts: [message.attempt], path: resolve(path) }));
  } catch (error) {
    if (error instanceof LaneLost) await unlinkQuietly(temporary);
    throw error;
  }
}

/** The path of a file that an interrupted attempt had given its final name. */
async function recover(message: IncomingDelivery): Promise<string | undefined> {
  const note = readNote(message.sinkNote);
  if (note === undefined) return undefined;
  const directory = dirname(note.path);
  if ((await identityOf(directory)) === undefined) return undefined;
  const left = join(directory, temporaryName(message, message.attempt));
  await message.note(writeNote({ ...note, attempts: [...note.attempts, message.attempt] }));
  for (const attempt of note.attempts) {
    await renameQuietly(join(directory, temporaryName(message, attempt)), left);
  }
  const isFinal = await isDelivered(left, message);
  if (!isFinal) await message.note('');
  await unlinkQuietly(left);
  return isFinal ? note.path : undefined;
}

/** Whether a temporary file is gone, or has a name that none of the attempts uses meanwhile. */
async function isDelivered(temporary: string, message: IncomingDelivery): Promise<boolean> {
  for (;;) {
    const before = await identityOf(temporary);
    if (before === undefined) return true;
    const known = await namesInUse(before, dirname(temporary), message);
    const after = await identityOf(temporary);
    if (after?.links === before.links) return before.links > known;
  }
}

/** How many names the file has that are not its final one: its own, the payload's, other attempts'. */
async function namesInUse(
  { inode, device }: FileIdentity,
  directory: string,
  message: IncomingDelivery,
): Promise<number> {
  const others = earlierAttempts(message).map((one) =>
    join(directory, temporaryName(message, one)),
  );
  if (message.payload.place === 'file') others.push(message.payload.path);
  const found = await Promise.all(others.map(identityOf));
  return 1 + found.filter((one) => one?.inode === inode && one.device === device).length;
}

/** How far back an attempt looks for what others have left. */
const LOOK_BACK = 16;

function earlierAttempts({ attempt }: IncomingDelivery): readonly number[] {
  const count = Math.min(attempt - 1, LOOK_BACK);
  return Array.from({ length: count }, (_, index) => attempt - 1 - index);
}

function temporaryName(
  { header: { from, id }, replay, replayRun }: IncomingDelivery,
  attempt: number,
): string {
  // A replay without a name remembers nothing: what it leaves when it is killed is nobody's.
  const mark = replay ? `replay-${replayRun ?? process.pid}.` : '';
  return `.${from}.${id}.${mark}${attempt}.part`;
}

/** What is noted before a file gets its final name. */
interface Note {
  /** Under whose temporary names the file may be. */
  readonly attempts: readonly number[];
  readonly path: string;
}

function writeNote({ attempts, path }: Note): string {
  return `${attempts.join(',')} ${path}`;
}

/** The final path in a note that a directory sink has made. */
export function notedPath(note: string | undefined): string | undefined {
  return readNote(note)?.path;
}

function readNote(text: string | undefined): Note | undefined {
  const match = /^(\d+(?:,\d+)*) (.+)$/s.exec(text ?? '');
  if (match === null) return undefined;
  const [, attempts = '', path = ''] = match;
  return { attempts: attempts.split(',').map(Number), path };
}

async function place(payload: Payload, path: string): Promise<void> {
  await unlinkQuietly(path);
  if (payload.place === 'memory') await writeDurably(path, payload.content);
  else if (payload.isForeign) await copyDurably(payload.path, path);
  else await linkOrCopyDurably(payload.path, path);
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
