import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { openLedger } from '../../src/ledger/open.js';
import type { Ledger } from '../../src/ledger/port.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { DirectorySink } from '../../src/messaging/directory-sink.js';
import { listen, type ListenEvent, type ListenSummary } from '../../src/messaging/listen.js';
import { Spool } from '../../src/spool/spool.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import type { StoredRecord, Transport } from '../../src/transport/port.js';
import { FILE_LIMITS, judgeWith, recordOf, ScriptedBook } from './messaging.js';
import type { TestPeer } from './pki.js';
import { MOMENT } from './sealed.js';
import { temporaryDirectory } from './temporary-directory.js';

/** Several peers with a ledger and a spool each, on one real log; gone after the test. */
export class Sides {
  now = MOMENT;
  readonly directory = temporaryDirectory();
  readonly log: Transport;
  readonly warnings: string[] = [];
  readonly #peers: readonly TestPeer[];
  readonly #ledgers = new Map<string, Ledger>();

  private constructor(peers: readonly TestPeer[]) {
    this.#peers = peers;
    const path = join(this.directory, 'log');
    this.log = openEmbeddedLog({ path, random: randomBytes, clock: () => this.now });
    onTestFinished(async () => {
      await this.log.close();
      for (const ledger of this.#ledgers.values()) await ledger.close();
    });
  }

  static async open(...peers: readonly TestPeer[]): Promise<Sides> {
    const sides = new Sides(peers);
    for (const { name } of peers) {
      const topic = `msg.in.${name}`;
      await sides.log.ensureTopic({ topic, partitions: 1, retention: 1_000_000_000_000 });
    }
    return sides;
  }

  /** A peer's ledger. */
  ledger({ name }: TestPeer): Ledger {
    const known = this.#ledgers.get(name);
    if (known !== undefined) return known;
    const path = join(this.directory, `${name}.db`);
    const ledger = openLedger({ path, clock: () => this.now, random: randomBytes });
    this.#ledgers.set(name, ledger);
    return ledger;
  }

  /** A peer's spool. */
  spool({ name }: TestPeer): Spool {
    return new Spool(join(this.directory, `${name}.spool`));
  }

  /** What a peer sends and listens with. */
  deps(peer: TestPeer, changes: Partial<MessagingDeps> = {}): MessagingDeps {
    return {
      ...{ self: parsePeerName(peer.name), owner: `${peer.name}:1:ab`, isGone: () => false },
      ...{ transport: this.log, ledger: this.ledger(peer), spool: this.spool(peer) },
      signingKey: () => Promise.resolve({ own: peer, chain: peer.chain }),
      formerKey: () => Promise.resolve(undefined),
      openingKeys: () => Promise.resolve([peer]),
      book: ScriptedBook.of(...this.#peers.map((one) => recordOf(one))),
      judge: judgeWith(),
      ...{ freshness: { maxAge: 60_000, maxStale: 60_000 }, settling: 0, largestSealed: 4_000_000 },
      ...{ fileLimits: FILE_LIMITS, clock: () => this.now, random: randomBytes },
      warn: (sentence) => this.warnings.push(sentence),
      ...changes,
    };
  }

  /** A peer listens until there is nothing left to do; its files are in the directory `NAME.in`. */
  async receive(
    peer: TestPeer,
    changes: Partial<MessagingDeps> = {},
  ): Promise<{ readonly summary: ListenSummary; readonly events: readonly ListenEvent[] }> {
    const events: ListenEvent[] = [];
    const deps = this.deps(peer, changes);
    const summary = await listen(deps, {
      ...{ topic: `msg.in.${peer.name}`, from: { from: 'committed' }, owner: deps.owner, lanes: 2 },
      ...{ adopt: false, flush: ['answers'], untilEmpty: true, idleTimeout: undefined },
      ...{ giveUpAfter: 60_000, count: undefined, isGone: () => false },
      sink: new DirectorySink(this.inbox(peer)),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
    });
    return { summary, events };
  }

  /** Where a peer's files are put. */
  inbox({ name }: TestPeer): string {
    return join(this.directory, `${name}.in`);
  }

  /** Everything that lies in a peer's inbox topic. */
  async records({ name }: TestPeer): Promise<readonly StoredRecord[]> {
    const found: StoredRecord[] = [];
    let caughtUp = (): void => undefined;
    const done = new Promise<void>((resolve) => (caughtUp = resolve));
    const subscription = await this.log.subscribe({
      ...{ topic: `msg.in.${name}`, group: 'look', commitMetadata: '', giveUpAfter: 10_000 },
      start: { from: 'earliest' },
      onRecords: (records: readonly StoredRecord[]) => {
        found.push(...records);
        return Promise.resolve();
      },
      onNotice: () => undefined,
      onCaughtUp: () => {
        caughtUp();
      },
    });
    await done;
    await subscription.stop();
    return found;
  }
}
