import { join } from 'node:path';
import { DirectorySink } from '../messaging/directory-sink.js';
import {
  SinkClosed,
  type IncomingDelivery,
  type Sink,
  type SinkResult,
} from '../messaging/sink.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { lineWriter } from './message-lines.js';

/** The value of `--out` that means standard output. */
export const STDOUT = '-';

/** Where `msg listen` puts messages: lines, files with lines about them, or payloads one after another. */
export function makeSink(out: string | undefined, context: Context, session: Session): Sink {
  if (out === STDOUT) return new PayloadSink(context);
  if (out !== undefined) return new FileSink(out, context);
  const { state } = session.configuration.profileDirectories;
  return new LineSink(context, new FileSink(join(state, 'received'), context));
}

/** Every payload becomes a file, with a line about it. */
class FileSink implements Sink {
  readonly #files: DirectorySink;
  readonly #writeLine: ReturnType<typeof lineWriter>;

  constructor(directory: string, context: Context) {
    this.#files = new DirectorySink(directory);
    this.#writeLine = lineWriter(context);
  }

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    const result = await this.#files.deliver(message);
    await this.#writeLine(message, result);
    return result;
  }
}

/** A line with the payload in it; what is too large for a line becomes a file all the same. */
class LineSink implements Sink {
  readonly #writeLine: ReturnType<typeof lineWriter>;
  readonly #large: Sink;

  constructor(context: Context, large: Sink) {
    this.#writeLine = lineWriter(context);
    this.#large = large;
  }

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    if (message.payload.place === 'file') return this.#large.deliver(message);
    await this.#writeLine(message, {});
    return {};
  }
}

/** Nothing but the payloads, one after another, for whoever reads standard output. */
class PayloadSink implements Sink {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async deliver({ payload }: IncomingDelivery): Promise<SinkResult> {
    for await (const piece of payload.stream()) {
      const outcome = await this.#context.io.stdout.write(piece as Uint8Array);
      if (outcome === 'closed') throw new SinkClosed();
    }
    return {};
  }
}
