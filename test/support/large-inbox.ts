import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Ledger } from '../../src/ledger/port.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { DirectorySink } from '../../src/messaging/directory-sink.js';
import { listen, type ListenEvent, type ListenSummary } from '../../src/messaging/listen.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';
import { Spool } from '../../src/spool/spool.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import type { OutgoingRecord, Transport } from '../../src/transport/port.js';
import { FILE_LIMITS, judgeWith, recordOf, ScriptedBook, temporaryLedger } from './messaging.js';
import { makePeer, type TestPeer } from './pki.js';
import { MOMENT, sealFor } from './sealed.js';
import { temporaryDirectory } from './temporary-directory.js';
import { record } from './transfer.js';

const TOPIC = 'msg.in.bob';

/** Those who send, and bob, who receives. */
export interface LargePeers {
  readonly alice: TestPeer;
  readonly bob: TestPeer;
  readonly carol: TestPeer;
}

/** Makes the peers of a suite. */
export async function makeLargePeers(): Promise<LargePeers> {
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((n) => makePeer(n)));
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('no peers');
  return { alice, bob, carol };
}

/** What one run of a listener did. */
export interface Run {
  readonly summary: ListenSummary;
  readonly events: readonly ListenEvent[];
  readonly delivered: readonly IncomingDelivery[];
}

/** Bob's inbox on a real log, with a ledger and a spool of its own, gone after the test. */
export class LargeInbox {
  now = MOMENT;
  readonly directory = temporaryDirectory();
  readonly ledger: Ledger = temporaryLedger(() => this.now);
  readonly spool = new Spool(join(this.directory, 'spool'));
  readonly #peers: LargePeers;
  readonly #log: Transport;

  private constructor(peers: LargePeers) {
    this.#peers = peers;
    const path = join(this.directory, 'log');
    this.#log = openEmbeddedLog({ path, random: randomBytes, clock: () => this.now });
  }

  static async open(peers: LargePeers): Promise<LargeInbox> {
    const inbox = new LargeInbox(peers);
    await inbox.#log.ensureTopic({ topic: TOPIC, partitions: 1, retention: 1_000_000_000 });
    return inbox;
  }

  /** Appends records one by one. */
  async publish(...records: readonly OutgoingRecord[]): Promise<void> {
    for (const one of records) await this.#log.publish(TOPIC, 0, [one]);
  }

  /** A small message whose name is its text. */
  async small(from: TestPeer, text: string): Promise<OutgoingRecord> {
    const fields = { name: text };
    return record(from, await sealFor(from, [this.#peers.bob], Buffer.from(text), { fields }));
  }

  /** Bob listens until there is nothing left to do; told the name of each message as it is delivered. */
  async receive(
    changes: Partial<MessagingDeps> = {},
    onDelivered: (name: string) => void = () => undefined,
  ): Promise<Run> {
    const events: ListenEvent[] = [];
    const delivered: IncomingDelivery[] = [];
    const files = new DirectorySink(join(this.directory, 'in'));
    const summary = await listen(this.#deps(changes), {
      ...{ topic: TOPIC, from: { from: 'committed' }, lanes: 2, adopt: false },
      ...{ flush: [], untilEmpty: true, idleTimeout: undefined, giveUpAfter: 60_000 },
      count: undefined,
      sink: {
        deliver: async (message) => {
          const result = await files.deliver(message);
          delivered.push(message);
          onDelivered(message.header.name ?? '');
          return result;
        },
      },
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
    });
    return { summary, events, delivered };
  }

  /** The names of what lies in the spool. */
  spooled(): Promise<readonly string[]> {
    return this.spool.names();
  }

  /** The names of what was delivered. */
  received(): readonly string[] {
    return readdirSync(join(this.directory, 'in')).sort();
  }

  /** Whether one of the files that were delivered has this content. */
  has(content: Buffer): boolean {
    const files = this.received().map((name) => readFileSync(join(this.directory, 'in', name)));
    return files.some((file) => file.equals(content));
  }

  /** Why things are in quarantine. */
  async reasons(): Promise<readonly string[]> {
    return (await this.ledger.quarantine.list({})).map(({ reason }) => reason);
  }

  #deps(changes: Partial<MessagingDeps>): MessagingDeps {
    const { alice, bob, carol } = this.#peers;
    return {
      ...{ self: parsePeerName('bob'), owner: 'this', isGone: () => false, transport: this.#log },
      ledger: this.ledger,
      judge: judgeWith(),
      signingKey: () => Promise.reject(new Error('a listener signs nothing')),
      formerKey: () => Promise.resolve(undefined),
      openingKeys: () => Promise.resolve([bob]),
      book: ScriptedBook.of(recordOf(alice), recordOf(carol)),
      ...{ freshness: { maxAge: 60_000, maxStale: 60_000 }, settling: 0, largestSealed: 1_000_000 },
      ...{ spool: this.spool, fileLimits: FILE_LIMITS },
      ...{ clock: () => this.now, random: randomBytes, warn: () => undefined },
      ...changes,
    };
  }
}
