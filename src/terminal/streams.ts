import { MsgError } from '../errors.js';

/** What became of a write: the kernel took it, or nobody reads any more (EPIPE): stop quietly. */
export type WriteOutcome = 'written' | 'closed';

/** The environment, as read-only values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One of the two streams that a command writes to. */
export interface Output {
  readonly isTTY: boolean;
  /** The terminal's width now; 80 where there is no terminal. */
  readonly columns: number;
  /** Whether the reader has gone; writes then answer `closed` and do nothing. */
  readonly closed: boolean;
  /**
   * Writes, and waits until the kernel has accepted the bytes (which says nothing about whether a
   * reader took them from the pipe).
   *
   * @throws MsgError `disk-full`; any other failure but EPIPE as Node reports it.
   */
  write(data: string | Uint8Array): Promise<WriteOutcome>;
  /** The stream itself, for what needs one (readline, child processes). */
  readonly stream: NodeJS.WritableStream;
}

/** Where a command reads from. */
export interface Input {
  readonly isTTY: boolean;
  readonly stream: NodeJS.ReadableStream;
}

/** A command's whole connection to its surroundings. */
export interface IO {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
}

/** What an {@link IO} is made of. */
export interface IOSource {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Environment;
}

/** The streams and environment of a process, or of a test. `stdin` is not touched until it is read. */
export function createIO(source: IOSource): IO {
  return {
    get stdin() {
      return { isTTY: source.stdin.isTTY === true, stream: source.stdin };
    },
    stdout: createOutput(source.stdout),
    stderr: createOutput(source.stderr),
    env: source.env,
  };
}

const BROKEN_PIPE = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function createOutput(stream: IOSource['stdout']): Output {
  let closed = false;
  // The failure also reaches write()'s callback; unheard, the event would end the process.
  stream.on('error', (error) => {
    if (isBrokenPipe(error)) closed = true;
  });
  return {
    stream,
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns === undefined || stream.columns < 1 ? 80 : stream.columns;
    },
    get closed() {
      return closed;
    },
    async write(data) {
      if (closed) return 'closed';
      const error = await accepted(stream, data);
      if (error === undefined) return 'written';
      if (!isBrokenPipe(error)) throw translate(error);
      closed = true;
      return 'closed';
    },
  };
}

function accepted(
  stream: NodeJS.WritableStream,
  data: string | Uint8Array,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.write(data, (error) => {
      resolve(error ?? undefined);
    });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isBrokenPipe(error: unknown): boolean {
  return BROKEN_PIPE.has(codeOf(error));
}

function translate(error: Error): Error {
  if (!FULL.has(codeOf(error))) return error;
  return new MsgError('disk-full', 'no space left for the output', {
    hint: 'free some space where the output is written to, then run the command again',
    cause: error,
  });
}
