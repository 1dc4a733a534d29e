import {
  SinkClosed,
  type IncomingDelivery,
  type Sink,
  type SinkResult,
} from '../messaging/sink.js';
import type { Context } from '../runtime.js';
import { lineWriter } from './message-lines.js';

/** A line with the payload in it; what is too large for a line becomes a file all the same. */
export class LineSink implements Sink {
  readonly #writeLine: ReturnType<typeof lineWriter>;
  readonly #large: () => Sink;

  /** @param large where payloads go that came in chunks. */
  constructor(context: Context, large: () => Sink) {
    this.#writeLine = lineWriter(context);
    this.#large = large;
  }

  async deliver(message: IncomingDelivery): Promise<SinkResult> {
    if (message.payload.place === 'file') return this.#large().deliver(message);
    await this.#writeLine(message, {});
    return {};
  }
}

/** Nothing but the payloads, one after another, for whoever reads standard output. */
export class PayloadSink implements Sink {
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
