import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { MsgError } from '../../src/errors.js';
import type { Ledger } from '../../src/ledger/port.js';
import { Deliverer, type DeliveryEvent } from '../../src/messaging/deliver.js';
import { inspectRecord } from '../../src/messaging/inspect.js';
import { OpenedCache } from '../../src/messaging/opened-cache.js';
import { SinkClosed, type IncomingDelivery } from '../../src/messaging/sink.js';
import { newGate } from '../support/gate.js';
import { judgeWith, recordOf, ScriptedBook, temporaryLedger } from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT, sealFor } from '../support/sealed.js';
import { until } from '../support/until.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let ledger: Ledger;
let now: number;
let offset: bigint;

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([makePeer('alice'), makePeer('bob'), makePeer('carol')]);
});
beforeEach(() => {
  now = MOMENT;
  offset = 0n;
  ledger = temporaryLedger(() => now);
});

/** Bob's ledger receives messages, as a listener would put them there. */
async function receive(from: TestPeer, texts: string[], fields: Partial<Header> = {}) {
  for (const text of texts) {
    const value = await sealFor(from, [bob], Buffer.from(text), { fields });
    const partition = { clusterId: 'c', topic: 'msg.in.bob', topicId: undefined, partition: 0 };
    const at = { ...partition, offset: offset++, appendedAt: now };
    const { record } = await inspectRecord({ ...at, key: '', value, headers: {} }, partition, {
      ...{ self: parsePeerName('bob'), judge: judgeWith(), clock: () => now },
      book: ScriptedBook.of(recordOf(alice), recordOf(carol)),
      ...{ freshness: { maxAge: 0, maxStale: 0 }, settling: 0, largestSealed: 1_000_000 },
      openingKeys: () => Promise.resolve([bob]),
    });
    expect(await ledger.inbox.receive([record], undefined)).toEqual(['new']);
  }
}

interface WorkOptions {
  readonly lanes?: number;
  readonly stopAfter?: number;
  readonly onEvent?: () => void;
}

/** A deliverer at work, and what it has delivered so far. */
class Work {
  readonly texts: string[] = [];
  readonly events: DeliveryEvent[] = [];
  readonly deliverer: Deliverer;
  readonly ended: Promise<void>;

  constructor(
    sink: (text: string, message: IncomingDelivery) => Promise<void> | void,
    { lanes = 4, stopAfter, onEvent }: WorkOptions = {},
  ) {
    const deliver = async (message: IncomingDelivery): Promise<object> => {
      const text = Buffer.from(await message.payload.bytes()).toString();
      await sink(text, message);
      this.texts.push(text);
      return {};
    };
    this.deliverer = new Deliverer(
      { ledger, openingKeys: () => Promise.resolve([bob]), clock: () => now },
      {
        ...{ sink: { deliver }, owner: 'test', lanes, stopAfter },
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

const wait = new MsgError('sink-unavailable', 'not now');
const refuse = new MsgError('message-refused', 'never');

describe('a sink that cannot take a message now', () => {
  it("holds up its sender's messages only, and these keep their order", async () => {
    await receive(alice, ['a1', 'a2']);
    await receive(carol, ['c1', 'c2', 'c3']);
    const attempts: number[] = [];
    const work = new Work((text, { attempt, redelivered }) => {
      if (text === 'a1') attempts.push(attempt);
      if (text === 'a1' && !redelivered) throw wait;
    });
    await work.untilDelivered(3);
    expect(work.texts).toEqual(['c1', 'c2', 'c3']);
    now += 500;
    work.deliverer.wake();
    await work.untilDelivered(5);
    await work.stop();
    expect(work.texts.slice(3)).toEqual(['a1', 'a2']);
    expect(attempts).toEqual([1, 2]);
  });

  it('is asked again after longer and longer, up to half a minute', async () => {
    await receive(alice, ['a1']);
    const work = new Work(() => {
      throw wait;
    });
    const postponed = () => work.events.filter(({ kind }) => kind === 'postponed');
    const waits: number[] = [];
    for (let tries = 1; tries <= 9; tries++) {
      const last = await until('it was tried', () => postponed()[tries - 1]);
      waits.push(last.kind === 'postponed' ? last.until - now : 0);
      now += waits.at(-1) ?? 0;
      work.deliverer.wake();
    }
    await work.stop();
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(await ledger.inbox.undelivered()).toBe(1);
  });

  it('counts as the only obstacle when nothing else is left to deliver, not before', async () => {
    await receive(alice, ['a1', 'a2']);
    await receive(
      carol,
      Array.from({ length: 20 }, (_, index) => `c${index}`),
    );
    let premature = 0;
    const lookClosely = async (): Promise<void> => {
      for (let turn = 0; turn < 30; turn++) {
        await Promise.resolve();
        if (work.deliverer.blockedBy !== undefined && work.texts.length < 20) premature++;
      }
    };
    const work: Work = new Work(
      (text) => {
        if (text === 'a1') throw wait;
      },
      { lanes: 1, onEvent: () => void lookClosely() },
    );
    const blocker = await until('nothing else is left', () => work.deliverer.blockedBy);
    expect(blocker).toBe(wait);
    expect(work.texts).toHaveLength(20);
    expect(premature).toBe(0);
    await work.stop();
  });
});

describe('a message that is refused for good', () => {
  it('moves to quarantine, and the next one of its sender is delivered', async () => {
    await receive(alice, ['a1', 'a2']);
    const work = new Work((text) => {
      if (text === 'a1') throw refuse;
    });
    await work.untilDelivered(1);
    await work.stop();
    expect(work.texts).toEqual(['a2']);
    expect(work.events.map(({ kind }) => kind)).toEqual(['quarantined', 'delivered']);
    expect(await ledger.quarantine.list({})).toMatchObject([
      { reason: 'message-refused', detail: 'never', claimedSender: 'alice' },
    ]);
  });

  it('may have expired while it waited, and is then not delivered any more', async () => {
    await receive(alice, ['a1'], { expires: MOMENT + 10_000 });
    await receive(alice, ['a2']);
    now = MOMENT + 10_000;
    const work = new Work(() => undefined);
    await work.untilDelivered(1);
    await work.stop();
    expect(work.texts).toEqual(['a2']);
    expect(await ledger.quarantine.list({})).toMatchObject([
      { reason: 'expired', detail: 'it expired on 2026-02-03T04:05:16.000Z' },
    ]);
  });
});

describe('the end of the deliveries', () => {
  it.each([1, 2, 4])(
    'comes after exactly as many as were asked for, with %i lanes',
    async (lanes) => {
      await receive(alice, ['a1', 'a2', 'a3']);
      await receive(carol, ['c1', 'c2', 'c3']);
      const work = new Work(() => undefined, { lanes, stopAfter: 4 });
      await work.ended;
      expect(work.texts).toHaveLength(4);
      expect(await ledger.inbox.undelivered()).toBe(2);
    },
  );

  it('does not count what was refused or had to wait', async () => {
    await receive(alice, ['a1', 'a2']);
    await receive(carol, ['c1', 'c2', 'c3']);
    const work = new Work(
      (text) => {
        if (text === 'a1') throw refuse;
        if (text === 'c1' && now === MOMENT) throw wait;
      },
      { stopAfter: 3 },
    );
    await work.untilDelivered(1);
    now += 500;
    work.deliverer.wake();
    await work.ended;
    expect(work.texts).toEqual(['a2', 'c1', 'c2']);
    expect(await ledger.inbox.undelivered()).toBe(1);
  });

  it('comes quietly when the reader has gone, and its message is still to be delivered', async () => {
    await receive(alice, ['a1']);
    const work = new Work(() => {
      throw new SinkClosed();
    });
    await work.ended;
    expect(await ledger.inbox.undelivered()).toBe(1);
    expect(work.events).toEqual([]);
  });

  it('comes with a failure that nobody foresaw, after what is in hand has been finished', async () => {
    await receive(alice, ['a1']);
    await receive(carol, ['c1']);
    const gate = newGate();
    const work = new Work(async (text) => {
      if (text === 'a1') throw new TypeError('a bug');
      await gate.opened;
    });
    let hasEnded = false;
    void work.ended.catch(() => (hasEnded = true));
    await until('the message is back', async () => {
      const [row] = await ledger.history.list({ peer: parsePeerName('alice') });
      return row?.direction === 'in' && row.state === 'received';
    });
    expect(hasEnded).toBe(false);
    gate.open();
    await expect(work.ended).rejects.toThrow('a bug');
    expect(work.texts).toEqual(['c1']);
    expect(await ledger.inbox.undelivered()).toBe(1);
  });
});
