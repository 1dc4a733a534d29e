import type { MessageId } from '../domain/message-id.js';
import type { DeliveryKey } from '../ledger/port.js';
import type { SendStep } from '../messaging/send-request.js';
import type { Context } from '../runtime.js';
import type { Progress } from '../terminal/progress.js';
import { letHeapGrow } from './heap.js';

/** What is being sent, as the one who looks on knows it. */
export interface SentThing {
  readonly name: string;
  /** In bytes; undefined for a stream. */
  readonly size: number | undefined;
  readonly peers: number;
}

/** Shows how a large payload comes along: first it is looked through, then it goes to every peer. */
export class SendProgress {
  readonly #context: Pick<Context, 'progress'>;
  readonly #thing: SentThing;
  #step: SendStep['kind'] | undefined;
  #progress: Progress | undefined;

  constructor(context: Pick<Context, 'progress'>, thing: SentThing) {
    this.#context = context;
    this.#thing = thing;
  }

  readonly update = (step: SendStep): void => {
    const isFirst = step.kind !== this.#step;
    if (isFirst) this.#begin(step);
    this.#step = step.kind;
    this.#progress?.advance(isFirst && step.kind === 'sent' ? 0 : step.bytes);
  };

  /** Takes the line away. */
  finish(): void {
    this.#progress?.finish();
  }

  #begin(step: SendStep): void {
    const { name, size, peers } = this.#thing;
    this.#progress?.finish();
    this.#progress =
      step.kind === 'read'
        ? this.#context.progress({
            label: `reading ${name}`,
            total: size,
            facts: { direction: 'read' },
          })
        : this.#context.progress({
            label: peers === 1 ? `${name} to ${step.peer}` : `${name} to ${peers} peers`,
            total: step.total * peers,
            // The first step tells what an earlier attempt had sent: that is no part of the rate.
            ...{ before: step.bytes, facts: factsOf(step.id, name) },
          });
  }
}

/** Shows how the large payloads of the outbox come along. */
export class FlushProgress {
  readonly #context: Pick<Context, 'progress'>;
  readonly #shown = new Map<string, Progress>();

  constructor(context: Pick<Context, 'progress'>) {
    this.#context = context;
  }

  /** So many more bytes of a payload are in an inbox; the first time, what an earlier attempt had sent. */
  readonly update = ({ id, recipient }: DeliveryKey, bytes: number, total: number): void => {
    const key = `${id} ${recipient}`;
    const known = this.#shown.get(key);
    if (known !== undefined) {
      known.advance(bytes);
      return;
    }
    letHeapGrow();
    const facts = { direction: 'out', id, peer: recipient };
    const label = `${id} to ${recipient}`;
    this.#shown.set(key, this.#context.progress({ label, total, before: bytes, facts }));
  };

  /** Takes the line away. */
  finish(): void {
    for (const progress of this.#shown.values()) progress.finish();
  }
}

function factsOf(id: MessageId, name: string): Readonly<Record<string, string>> {
  return { direction: 'out', id, name };
}
