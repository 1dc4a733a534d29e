import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { MessagingDeps } from './deps.js';
import { spoolNameOf } from './file-being-received.js';
import { isPassing } from './passing.js';
import { ownerOfSource } from './large/hash-source.js';
import type { DeliveryEvent } from './settlement.js';

type UpkeepDeps = Pick<MessagingDeps, 'ledger' | 'spool' | 'fileLimits' | 'clock' | 'isGone'>;

/** A file that was given up before all of it had come. */
export interface GivenUpFile {
  readonly sender: PeerName;
  readonly id: MessageId;
  readonly detail: string;
}

/** How often is looked what has to be given up, in milliseconds. */
const LOOK_AGAIN = 60_000;

/** So often a payload is sent that nobody confirms. */
const MOST_ROUNDS = 3;

/** Keeps the spool free of what nobody needs any more, while a listener runs. */
export class SpoolUpkeep {
  readonly #deps: UpkeepDeps;
  readonly #onGivenUp: (file: GivenUpFile) => void;
  #turn: Promise<unknown> = Promise.resolve();
  #nextLook = 0;

  constructor(deps: UpkeepDeps, onGivenUp: (file: GivenUpFile) => void) {
    this.#deps = deps;
    this.#onGivenUp = onGivenUp;
  }

  /** Removes what processes that were killed have left, and what is over. */
  begin(): Promise<void> {
    return this.#inTurn(async () => {
      await releaseSpooled(this.#deps);
      await removeStrays(this.#deps);
      await this.#giveUp();
    });
  }

  /** The payload of a message that was delivered need not be kept; only a large one is in the spool. */
  afterDelivery(event: DeliveryEvent): void {
    const isOver = event.kind === 'quarantined' || event.kind === 'delivered';
    if (!isOver || (event.kind === 'delivered' && event.message.payload.place === 'memory')) return;
    void this.#inTurn(() => releaseSpooled(this.#deps));
  }

  /** To be called now and then. */
  tick(): void {
    if (this.#deps.clock() >= this.#nextLook) void this.#inTurn(() => this.#giveUp());
  }

  /** Resolves when everything begun is done. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  async #giveUp(): Promise<void> {
    this.#nextLook = this.#deps.clock() + LOOK_AGAIN;
    for (const file of await giveUpFiles(this.#deps)) this.#onGivenUp(file);
    await followUpSent(this.#deps);
  }

  /** What cannot be done now (a full disk, a busy ledger) is done the next time. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Takes from the spool what has been delivered. */
export async function releaseSpooled({ ledger, spool }: UpkeepDeps): Promise<void> {
  for (const { number, file } of await ledger.incoming.releasable()) {
    // A delivery that a power failure takes from the ledger is repeated, and then needs its payload.
    await ledger.durable();
    await spool.remove(file);
    await ledger.incoming.released(number);
  }
}

/** Gives up files of which nothing came for long, and those that have expired; says which. */
export async function giveUpFiles(deps: UpkeepDeps): Promise<readonly GivenUpFile[]> {
  const { ledger, spool, fileLimits, clock } = deps;
  const now = clock();
  const given = await ledger.incoming.expire({ idleSince: now - fileLimits.patience, now });
  for (const file of given) await spool.remove(spoolNameOf(file));
  return given;
}

/**
 * Looks after what was sent in chunks: what nobody has confirmed goes out again, a few times, and what
 * nobody needs any more is let go.
 */
export async function followUpSent({
  ledger,
  spool,
  fileLimits,
  clock,
}: UpkeepDeps): Promise<void> {
  const { resendAfter, keepFor } = fileLimits;
  const now = clock();
  await ledger.outgoing.sendAgain({ sentBefore: now - resendAfter, rounds: MOST_ROUNDS });
  await ledger.outgoing.giveUp(now - keepFor);
  for (const { message, file } of await ledger.outgoing.releasable()) {
    await ledger.durable();
    await spool.remove(file);
    await ledger.outgoing.released(message);
  }
}

/** Removes what is no longer anybody's: files that the ledger knows no place for. */
export async function removeStrays({ ledger, spool, isGone }: UpkeepDeps): Promise<void> {
  const names = await spool.names();
  if (names.length === 0) return;
  const known = new Set([
    ...(await ledger.incoming.list()).map(spoolNameOf),
    ...(await ledger.incoming.allSpooled()).map(({ file }) => file),
    ...(await ledger.outgoing.spooledSources()),
  ]);
  for (const name of names) {
    // What another process is still writing is not in the ledger yet.
    const owner = ownerOfSource(name);
    const isStray = name.endsWith('.part') || (owner !== undefined && isGone(owner));
    if (isStray && !known.has(name)) await spool.remove(name);
  }
}
