import { chmod, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { codeOf, linkOrCopyDurably } from '../files/durable-file.js';
import { makeDirectory } from '../files/make-directory.js';
import { fileNameFor } from './file-name.js';
import { collect, eachLine, Tail } from './handler-output.js';
import { endGroups, runHandler, type HandlerEnd } from './handler-process.js';
import { FILE_VARIABLE, handlerVariables } from './handler-variables.js';
import { MessageRefused } from './message-refused.js';
import { guessContentType, LARGEST_REPLY, tooLongReply } from './reply-content.js';
import type { IncomingDelivery, ReplyContent, Sink, SinkResult } from './sink.js';

/** How to hand messages to a command. */
export interface ExecOptions {
  /** A command line for `/bin/sh -c`. */
  readonly command: string;
  /** The environment that the variables of the message are added to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hands the payload over as a file below this directory, instead of on standard input. */
  readonly directory?: string | undefined;
  /** For how long the command may run, in milliseconds. */
  readonly timeout?: number | undefined;
  /** How long it then has to end by itself, in milliseconds; 5 s where absent. */
  readonly grace?: number | undefined;
  /** Whether its standard output is the reply. */
  readonly replies: boolean;
  /** Told each line that it writes and that is no reply. */
  readonly onOutput: (message: IncomingDelivery, line: string) => Promise<void>;
  readonly clock: Clock;
}

/** How much of its last words goes into the reason of a failure, in UTF-16 units. */
const LAST_WORDS = 1_000;

/** By convention of mailers (sysexits.h): try again later. */
const EX_TEMPFAIL = 75;

/** Hands each message to a command of its own. */
export class ExecSink implements Sink {
  readonly #options: ExecOptions;
  readonly #groups = new Set<number>();

  #running = 0;

  constructor(options: ExecOptions) {
    this.#options = options;
  }

  /** While handlers run, this process takes them along should it end before they do. */
  readonly #endGroups = (): void => {
    endGroups(this.#groups);
  };

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    const { directory } = this.#options;
    if (directory === undefined) return this.#guarded(message);
    const name = message.replay ? `replay-${message.header.id}` : String(message.number);
    const own = join(directory, name);
    try {
      const file = await placeFile(own, message);
      return await this.#guarded(message, file);
    } catch (error) {
      throw explain(error, directory);
    } finally {
      await removeFile(own, message);
    }
  }

  async #guarded(message: IncomingDelivery, file?: string): Promise<SinkResult> {
    if (this.#running++ === 0) process.on('exit', this.#endGroups);
    try {
      return await this.#run(message, file);
    } finally {
      if (--this.#running === 0) process.off('exit', this.#endGroups);
    }
  }

  async #run(message: IncomingDelivery, file?: string): Promise<SinkResult> {
    const { command, timeout, grace, clock } = this.#options;
    const begun = clock();
    const output = new Output(message, this.#options);
    const end = await runHandler({
      ...{ command, timeout, grace, groups: this.#groups },
      env: { ...this.#options.env, ...handlerVariables(message), [FILE_VARIABLE]: file },
      input: file === undefined ? message.payload.stream() : undefined,
      onStdout: (stream) => output.takeStdout(stream),
      onStderr: (stream) => output.takeStderr(stream),
    }).catch((error: unknown) => {
      throw notStarted(error);
    });
    const failure = failureOf(end, output.lastWords, timeout);
    if (failure !== undefined) throw failure;
    const milliseconds = Math.max(0, clock() - begun);
    return { outcome: 'exit 0', milliseconds, ...output.answer() };
  }
}

/** What one run of a handler writes. */
class Output {
  readonly #message: IncomingDelivery;
  readonly #options: Pick<ExecOptions, 'replies' | 'onOutput'>;
  readonly #tail = new Tail(LAST_WORDS);
  #reply: Buffer | undefined = Buffer.alloc(0);

  constructor(message: IncomingDelivery, options: Pick<ExecOptions, 'replies' | 'onOutput'>) {
    this.#message = message;
    this.#options = options;
  }

  get lastWords(): string {
    return this.#tail.text;
  }

  async takeStdout(stream: Readable): Promise<void> {
    if (this.#options.replies) this.#reply = await collect(stream, LARGEST_REPLY);
    else await eachLine(stream, (line) => this.#options.onOutput(this.#message, line));
  }

  takeStderr(stream: Readable): Promise<void> {
    return eachLine(stream, (line) => {
      this.#tail.add(line);
      return this.#options.onOutput(this.#message, line);
    });
  }

  /** @throws MessageRefused for a reply that is too long. */
  answer(): { readonly reply?: ReplyContent } {
    if (this.#reply === undefined) throw tooLongReply();
    return this.#reply.length === 0 ? {} : { reply: replyOf(this.#reply) };
  }
}

function replyOf(payload: Buffer): ReplyContent {
  return { payload, contentType: guessContentType(payload) };
}

/**
 * The payload as a file for the handler alone, and not to be changed: the same file may be handed over
 * again.
 */
async function placeFile(
  directory: string,
  { header, payload }: IncomingDelivery,
): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  makeDirectory(directory, 0o700);
  const path = join(directory, fileNameFor(header));
  if (payload.place === 'file') await linkOrCopyDurably(payload.path, path);
  else await writeFile(path, payload.content, { mode: 0o600, flag: 'wx' });
  await chmod(path, 0o400);
  return path;
}

/** What cannot be removed now goes before the next attempt, or with this process. */
async function removeFile(directory: string, { payload }: IncomingDelivery): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  if (payload.place === 'file') await chmod(payload.path, 0o600).catch(() => undefined);
}

/** What a handler's end says about its message, or undefined when that is done. */
function failureOf(
  end: HandlerEnd,
  lastWords: string,
  timeout: number | undefined,
): MsgError | undefined {
  const words = lastWords === '' ? '' : `: ${lastWords}`;
  if (end.how === 'timeout') {
    return later(`the handler took longer than ${Number(timeout) / 1000} s${words}`);
  }
  const signal = end.how === 'signal' ? end.signal : signalIn(end.code);
  if (signal !== undefined) {
    const text = `the handler was ended by ${signal}${words}`;
    return CRASHES.has(signal) ? never(text) : later(text);
  }
  const code = end.how === 'exit' ? end.code : 0;
  if (code === 0) return undefined;
  if (code === EX_TEMPFAIL) return later(`the handler wants another try (exit ${code})${words}`);
  if (code === 126 || code === 127) {
    return new MsgError('sink-unavailable', `the handler cannot be run (exit ${code})${words}`, {
      hint: 'see that the command is there and may be run; messages wait for it',
    });
  }
  return never(`the handler ended with exit ${code}${words}`);
}

/** What a program does to itself; every other signal comes from somebody who wants it to end. */
const CRASHES: ReadonlySet<NodeJS.Signals> = new Set([
  ...(['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP'] as const),
]);

/** A shell tells of a signal that ended its command with 128 and the signal's number. */
function signalIn(code: number): NodeJS.Signals | undefined {
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return found?.[0] as NodeJS.Signals | undefined;
}

function later(message: string): MsgError {
  return new MsgError('handler-failed', message);
}

function never(message: string): MessageRefused {
  return new MessageRefused('handler-failed', message);
}

/** Neither memory nor a process id may be left: that passes. What says what it is stays. */
function notStarted(error: unknown): unknown {
  if (error instanceof MsgError || codeOf(error) === undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MsgError('handler-failed', `the handler could not be run: ${reason}`, {
    cause: error,
  });
}

function explain(error: unknown, directory: string): unknown {
  const code = codeOf(error);
  if (error instanceof MsgError || code === undefined) return error;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new MsgError(
    isFull ? 'disk-full' : 'sink-unavailable',
    `cannot put a payload into ${directory} for the handler: ${code}`,
    { hint: 'make room there; the message is kept in the ledger meanwhile', cause: error },
  );
}
