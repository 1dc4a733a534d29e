import { MsgError } from '../../errors.js';
import type { ClaimedDelivery, OutgoingFile } from '../../ledger/port.js';
import type { OutgoingRecord } from '../../transport/port.js';
import type { MessagingDeps } from '../deps.js';

/** So many records are handed to the transport at the same time. */
const UNDER_WAY = 3;
/** How often it is noted how far a file has come, in milliseconds: a kill repeats no more than that. */
const NOTE_EVERY = 250;

type PositionDeps = Pick<MessagingDeps, 'self' | 'ledger' | 'transport' | 'clock'>;

/**
 * How far a file has surely come in the log, with what is under way behind it. The ledger is told now
 * and then, and whatever happens at the end.
 */
export class FilePosition {
  readonly #claimed: Pick<ClaimedDelivery, 'row' | 'delivery'>;
  readonly #deps: PositionDeps;
  readonly #under: Promise<void>[] = [];
  readonly partition: number;
  /** Where the manifest lies. */
  #offset: bigint | undefined;
  #next: number;
  #noted: number;
  #notedAt: number;
  #isUncertain = false;
  #hasFailed = false;

  private constructor(
    claimed: Pick<ClaimedDelivery, 'row' | 'delivery'>,
    file: OutgoingFile,
    partition: number,
    deps: PositionDeps,
  ) {
    this.#claimed = claimed;
    this.#deps = deps;
    this.partition = partition;
    this.#offset = file.offset;
    this.#next = file.next;
    this.#noted = file.next;
    this.#notedAt = deps.clock();
  }

  /** The position of a file; its partition is chosen when nothing has been sent yet. */
  static async of(
    claimed: Pick<ClaimedDelivery, 'row' | 'delivery'>,
    file: OutgoingFile,
    deps: PositionDeps,
  ): Promise<FilePosition> {
    const { topic } = claimed.delivery;
    const chosen = file.partition ?? (await deps.transport.partitionFor(topic, deps.self));
    return new FilePosition(claimed, file, chosen, deps);
  }

  get offset(): bigint | undefined {
    return this.#offset;
  }

  /** Whether anything may be in the log. */
  get mayHaveLeft(): boolean {
    return this.#isUncertain || this.#next > 0;
  }

  /** Publishes the manifest, before anything else. */
  async publish(record: OutgoingRecord): Promise<void> {
    const { topic } = this.#claimed.delivery;
    try {
      const { baseOffset } = await this.#deps.transport.publish(topic, this.partition, [record]);
      this.#offset = baseOffset;
    } catch (error) {
      // A transport says with a MsgError that nothing was appended.
      this.#isUncertain = !(error instanceof MsgError);
      throw error;
    }
    this.#next = 1;
    await this.#note();
  }

  /** Hands over the next record, once few enough are under way; `onSure` when the log has it. */
  async begin(record: OutgoingRecord, onSure: () => void): Promise<void> {
    if (this.#under.length >= UNDER_WAY) await this.#under.shift();
    const { topic } = this.#claimed.delivery;
    const published = this.#deps.transport.publish(topic, this.partition, [record]).then(
      async () => {
        // Behind a gap nothing counts: it is sent again.
        if (this.#hasFailed) return;
        this.#next++;
        onSure();
        await this.#noteNowAndThen();
      },
      (error: unknown) => {
        this.#hasFailed = true;
        throw error;
      },
    );
    // Whoever waits for it hears of its failure; until then it must not end the process.
    published.catch(() => undefined);
    this.#under.push(published);
  }

  /** Resolves when everything begun is in the log. */
  async settle(): Promise<void> {
    for (const one of this.#under.splice(0)) await one;
    await this.#note();
  }

  /** After a failure: waits for what is under way, and notes what is sure before the first gap. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#under.splice(0));
    await this.#note().catch(() => undefined);
  }

  async #noteNowAndThen(): Promise<void> {
    if (this.#deps.clock() - this.#notedAt >= NOTE_EVERY) await this.#note();
  }

  async #note(): Promise<void> {
    const { row, delivery } = this.#claimed;
    if (this.#noted === this.#next) return;
    this.#notedAt = this.#deps.clock();
    this.#noted = this.#next;
    await this.#deps.ledger.outgoing.note(
      { id: row.id, recipient: delivery.recipient },
      { next: this.#next, partition: this.partition, offset: this.#offset },
    );
  }
}
