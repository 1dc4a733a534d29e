import { expect } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import type { Ledger } from '../../src/ledger/port.js';
import { Deliverer } from '../../src/messaging/deliver.js';
import { inspectRecord } from '../../src/messaging/inspect.js';
import { OpenedCache } from '../../src/messaging/opened-cache.js';
import type { DeliveryEvent } from '../../src/messaging/settlement.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';
import {
  FILE_LIMITS,
  judgeWith,
  recordOf,
  ScriptedBook,
  temporaryLedger,
  temporarySpool,
} from './messaging.js';
import { makePeer, type TestPeer } from './pki.js';
import { MOMENT, sealFor } from './sealed.js';
import { until } from './until.js';

/** The peers of a suite: bob receives. */
export interface Peers {
  readonly alice: TestPeer;
  readonly bob: TestPeer;
  readonly carol: TestPeer;
}

/** Makes the peers of a suite. */
export async function makePeers(): Promise<Peers> {
  const [alice, bob, carol] = await Promise.all(
    ['alice', 'bob', 'carol'].map((one) => makePeer(one)),
  );
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('no peers');
  return { alice, bob, carol };
}

/** Bob's ledger, what comes into it, and a clock that the test moves. */
export class DeliveryBench {
  readonly peers: Peers;
  now = MOMENT;
  ledger: Ledger = temporaryLedger(() => this.now);
  #offset = 0n;

  constructor(peers: Peers) {
    this.peers = peers;
  }

  /** Bob's ledger receives messages, as a listener would put them there. */
  async receive(from: TestPeer, texts: string[], fields: Partial<Header> = {}): Promise<void> {
    const { alice, bob, carol } = this.peers;
    for (const text of texts) {
      const value = await sealFor(from, [bob], Buffer.from(text), { fields });
      const partition = { clusterId: 'c', topic: 'msg.in.bob', topicId: undefined, partition: 0 };
      const at = { ...partition, offset: this.#offset++, appendedAt: this.now };
      const { record } = await inspectRecord({ ...at, key: '', value, headers: {} }, partition, {
        ...{ self: parsePeerName('bob'), judge: judgeWith(), clock: () => this.now },
        book: ScriptedBook.of(recordOf(alice), recordOf(carol)),
        ...{ freshness: { maxAge: 0, maxStale: 0 }, settling: 0, largestSealed: 1_000_000 },
        fileLimits: FILE_LIMITS,
        openingKeys: () => Promise.resolve([bob]),
      });
      expect(await this.ledger.inbox.receive([record], undefined)).toEqual(['new']);
    }
  }

  /** Sets a deliverer to work. */
  deliverTo(sink: TestSink, options: WorkOptions = {}): Work {
    return new Work(this, sink, options);
  }
}

/** Takes a message's text, or throws. */
export type TestSink = (text: string, message: IncomingDelivery) => Promise<void> | void;

/** How a test's deliverer works. */
export interface WorkOptions {
  readonly lanes?: number;
  readonly stopAfter?: number;
  readonly maxAttempts?: number;
  readonly isPatient?: boolean;
  readonly keys?: () => Promise<readonly TestPeer[]>;
  readonly onEvent?: () => void;
}

/** A deliverer at work, and what it has delivered so far. */
export class Work {
  readonly texts: string[] = [];
  readonly events: DeliveryEvent[] = [];
  readonly deliverer: Deliverer;
  readonly ended: Promise<void>;

  constructor(bench: DeliveryBench, sink: TestSink, options: WorkOptions) {
    const { lanes = 4, stopAfter, maxAttempts, isPatient = true, onEvent } = options;
    const openingKeys = options.keys ?? (() => Promise.resolve([bench.peers.bob]));
    const deliver = async (message: IncomingDelivery): Promise<object> => {
      const text = Buffer.from(await message.payload.bytes()).toString();
      await sink(text, message);
      this.texts.push(text);
      return {};
    };
    this.deliverer = new Deliverer(
      {
        ...{ ledger: bench.ledger, openingKeys, clock: () => bench.now },
        spool: temporarySpool(),
      },
      {
        ...{ sink: { deliver }, owner: 'test', lanes, stopAfter, maxAttempts, isPatient },
        cache: new OpenedCache(0),
        onEvent: (event) => {
          this.events.push(event);
          onEvent?.();
        },
      },
    );
    this.ended = this.deliverer.run();
    this.ended.catch(() => undefined);
  }

  async untilDelivered(count: number): Promise<void> {
    await until(`${count} are delivered`, () => this.texts.length >= count);
  }

  async stop(): Promise<void> {
    this.deliverer.stop();
    await this.ended;
  }
}
