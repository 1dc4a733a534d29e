import type { MessagingDeps } from '../deps.js';

/** The largest record that an inbox takes, asked once. */
export class InboxLimit {
  readonly #deps: Pick<MessagingDeps, 'transport'>;
  #largest: Promise<number> | undefined;

  constructor(deps: Pick<MessagingDeps, 'transport'>) {
    this.#deps = deps;
  }

  /** In bytes; without end where nobody can tell now, so that the publish shows it. */
  of(topic: string): Promise<number> {
    return (this.#largest ??= this.#deps.transport.limits(topic).then(
      ({ largestValue }) => largestValue,
      () => Infinity,
    ));
  }
}
