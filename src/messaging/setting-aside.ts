import type { ErrorCode, MsgError } from '../errors.js';
import type { AddressBook } from '../registry/port.js';
import type { PartitionId, StoredRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { sourceOf, unverified, type InspectDeps, type Inspected } from './inspect.js';
import { SignerUnjudged, waitingRecord } from './unjudged.js';

/** For how long nobody who reads asks a directory that did not answer, in milliseconds. */
const REST = 10_000;

/** What has been set aside, and by whom, while a run of records is taken in. */
export interface Aside {
  /** The lanes in which something waits; undefined where nothing is set aside. */
  readonly waiting: Set<string> | undefined;
  /** Bytes that were set aside in this run, and are not in the ledger yet. */
  bytes: number;
}

/** Sets records aside whose signers cannot be judged now, so that nobody else waits for them. */
export class SettingAside {
  readonly #deps: MessagingDeps;
  #restUntil = 0;
  #trouble: MsgError | undefined;
  #lastWarning = '';

  constructor(deps: MessagingDeps) {
    this.#deps = deps;
  }

  /** @param isAllowed not in a look back, where nothing is taken in that was not judged. */
  async begin(isAllowed: boolean): Promise<Aside> {
    const lanes = isAllowed ? await this.#deps.ledger.quarantine.unjudgedLanes() : undefined;
    return { waiting: lanes && new Set(lanes), bytes: 0 };
  }

  /** What a record is inspected with: a directory that is away is not asked for each of them. */
  depsFor({ waiting }: Aside): InspectDeps {
    if (waiting === undefined) return this.#deps;
    const trouble = this.#deps.clock() < this.#restUntil ? this.#trouble : undefined;
    const book = trouble === undefined ? this.#deps.book : resting(this.#deps.book, trouble);
    return { ...this.#deps, book, waiting };
  }

  /** The record as one that waits; undefined where it is not to be, and everything behind it waits. */
  async keep(
    error: MsgError,
    record: {
      readonly stored: StoredRecord;
      readonly partition: PartitionId;
      readonly aside: Aside;
    },
  ): Promise<Inspected | undefined> {
    const { stored, partition, aside } = record;
    if (!(error instanceof SignerUnjudged) || aside.waiting === undefined) return undefined;
    this.#rest(error);
    const { length } = stored.value;
    const hasRoom = await this.#deps.ledger.quarantine.hasRoomFor(aside.bytes + length);
    const unjudged = unverified(stored, sourceOf(stored, partition));
    const refused = waitingRecord(unjudged, error, hasRoom);
    if (refused === undefined) return undefined;
    if (refused.lane !== undefined) {
      aside.waiting.add(refused.lane);
      aside.bytes += length;
    }
    this.#warn(error);
    return { opened: undefined, record: { outcome: 'refused', refused } };
  }

  #rest(error: SignerUnjudged): void {
    if (!AWAY.has(error.code) || error.isBehind) return;
    this.#trouble = error;
    this.#restUntil = this.#deps.clock() + REST;
  }

  /** Once for each reason: whoever can cause it can cause it a thousand times. */
  #warn({ message, isBehind }: SignerUnjudged): void {
    if (isBehind || message === this.#lastWarning) return;
    this.#lastWarning = message;
    this.#deps.warn(`a message waits: ${message}`);
  }
}

const AWAY: ReadonlySet<ErrorCode> = new Set(['chain-unreachable', 'address-book-stale']);

/** The book as far as it is known: whatever would have to look at the chain fails at once. */
function resting(book: AddressBook, trouble: MsgError): AddressBook {
  return {
    find: (name, freshness) =>
      trouble.code === 'address-book-stale' ? Promise.reject(trouble) : book.find(name, freshness),
    lookSince: () => Promise.reject(trouble),
    list: (freshness) => book.list(freshness),
    findByCertificate: (fingerprint, freshness) => book.findByCertificate(fingerprint, freshness),
    head: (freshness) => book.head(freshness),
    close: () => {
      book.close();
    },
  };
}
