import type { MessageId } from '../domain/message-id.js';
import type { SendStep } from '../messaging/send-request.js';
import type { Context } from '../runtime.js';
import type { Progress } from '../terminal/progress.js';

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
    if (step.kind !== this.#step) this.#begin(step);
    this.#step = step.kind;
    this.#progress?.advance(step.bytes);
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
            // The first step tells what an earlier attempt had sent.
            ...{ before: 0, facts: factsOf(step.id, name) },
          });
  }
}

function factsOf(id: MessageId, name: string): Readonly<Record<string, string>> {
  return { direction: 'out', id, name };
}
