import { PassThrough, Readable, Writable } from 'node:stream';
import { createIO, type Environment, type IO } from '../../src/terminal/streams.js';

/** What a test's streams are to be. */
export interface MemoryIOOptions {
  /** What standard input holds. */
  readonly stdin?: string | Uint8Array;
  readonly env?: Environment;
  /** Which of the streams claim to be terminals. */
  readonly terminals?: readonly ('stdin' | 'stdout' | 'stderr')[];
  readonly columns?: number;
}

/** Streams in memory, and what was written to them so far. */
export interface MemoryIO {
  readonly io: IO;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Streams for commands under test. */
export function memoryIO(options: MemoryIOOptions = {}): MemoryIO {
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const isTTY = (name: 'stdin' | 'stdout' | 'stderr'): boolean =>
    options.terminals?.includes(name) === true;
  const sink = (name: 'stdout' | 'stderr') => {
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name].push(chunk);
        done();
      },
    });
    const { columns } = options;
    return Object.assign(stream, { isTTY: isTTY(name) }, columns === undefined ? {} : { columns });
  };
  const stdin = options.stdin === undefined ? new PassThrough() : Readable.from([options.stdin]);
  return {
    io: createIO({
      stdin: Object.assign(stdin, { isTTY: isTTY('stdin') }),
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      env: options.env ?? {},
    }),
    stdout: () => Buffer.concat(written.stdout).toString('utf8'),
    stderr: () => Buffer.concat(written.stderr).toString('utf8'),
  };
}
