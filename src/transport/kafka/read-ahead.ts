/** What is to be done with a batch. */
export interface BatchWork {
  /** Makes its records durable. */
  readonly handle: () => Promise<void>;
  /** Tells the broker so. */
  readonly commit: () => Promise<void>;
}

/** What is under way of one partition. */
interface UnderWay {
  /** Settles when the next batch may be handled. */
  readonly handled: Promise<void>;
  readonly committed: Promise<void>;
}

/**
 * Handles batches while kafkajs fetches the next, which takes as long as to write and sync one: left to
 * itself, kafkajs does the one after the other. Of each partition one batch is handled at a time, while
 * the one before it is committed, and one more waits in memory.
 */
export class ReadAhead {
  readonly #underWay = new Map<number, UnderWay>();
  readonly #onFailure: (error: unknown) => void;
  #handling = 0;
  #hasFailed = false;

  /** @param onFailure told why a batch was not handled, or not committed. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Whether records are being made durable, and not only the broker to be told. */
  get isHandling(): boolean {
    return this.#handling > 0;
  }

  /** Resolves when a batch of the partition may be handled. */
  async turn(partition: number): Promise<void> {
    await this.#underWay.get(partition)?.handled.catch(() => undefined);
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.isBusy) {
      await Promise.allSettled([...this.#underWay.values()].map(({ committed }) => committed));
    }
  }

  /**
   * Begins with a batch whose turn it is. Once one has failed none is begun: to commit what comes behind
   * it would lose it.
   */
  begin(partition: number, { handle, commit }: BatchWork): void {
    if (this.#hasFailed) return;
    const before = this.#underWay.get(partition)?.committed;
    this.#handling += 1;
    const handled = handle().then(
      () => {
        this.#handling -= 1;
        return before?.catch(() => undefined);
      },
      (error: unknown) => {
        this.#handling -= 1;
        this.#hasFailed = true;
        throw error;
      },
    );
    const committed = handled.then(commit);
    const underWay = { handled, committed };
    this.#underWay.set(partition, underWay);
    const end = (): void => {
      if (this.#underWay.get(partition) === underWay) this.#underWay.delete(partition);
    };
    committed.then(end, (error: unknown) => {
      end();
      this.#onFailure(error);
    });
  }
}
