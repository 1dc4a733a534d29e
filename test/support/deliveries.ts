import { expect } from 'vitest';
import type { Header } from '../../src/envelope/header.js';
import type { Ledger } from '../../src/ledger/port.js';
import { Deliverer } from '../../src/messaging/deliver.js';
import { OpenedCache } from '../../src/messaging/opened-cache.js';
import { withAnswer } from '../../src/messaging/receipts/give.js';
import type { DeliveryEvent } from '../../src/messaging/settlement.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';
import { recordOf } from './messaging.js';
import { makePeer, type TestPeer } from './pki.js';
import { MOMENT, sealFor } from './sealed.js';
import { sideOf, type Side } from './side.js';
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
  readonly side: Side;
  now = MOMENT;
  ledger: Ledger;

  constructor(peers: Peers) {
    this.peers = peers;
    const records = Object.values(peers).map((peer: TestPeer) => recordOf(peer));
    this.side = sideOf(peers.bob, records, { clock: () => this.now });
    this.ledger = this.side.ledger;
  }

  /** Bob's ledger receives messages, as a listener would put them there. */
  async receive(from: TestPeer, texts: string[], fields: Partial<Header> = {}): Promise<void> {
    for (const text of texts) {
      const value = await sealFor(from, [this.peers.bob], Buffer.from(text), { fields });
      const inspected = await this.side.inspect(value);
      expect(await this.side.keep(await withAnswer(inspected, this.side.deps))).toBe('new');
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
      { ...bench.side.deps, ledger: bench.ledger, openingKeys },
      {
        ...{ sink: { deliver }, lanes, stopAfter, maxAttempts, isPatient },
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
