import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { SinkClosed } from '../../src/messaging/sink.js';
import { DeliveryBench, makePeers, type Peers, type Work } from '../support/deliveries.js';
import { newGate } from '../support/gate.js';
import { MOMENT } from '../support/sealed.js';
import { until } from '../support/until.js';

let peers: Peers;
let bench: DeliveryBench;

beforeAll(async () => {
  peers = await makePeers();
});
beforeEach(() => {
  bench = new DeliveryBench(peers);
});

const wait = new MsgError('sink-unavailable', 'not now');
const refuse = new MsgError('message-refused', 'never');

describe('a sink that cannot take a message now', () => {
  it("holds up its sender's messages only, and these keep their order", async () => {
    await bench.receive(peers.alice, ['a1', 'a2']);
    await bench.receive(peers.carol, ['c1', 'c2', 'c3']);
    const attempts: number[] = [];
    const work = bench.deliverTo((text, { attempt, redelivered }) => {
      if (text === 'a1') attempts.push(attempt);
      if (text === 'a1' && !redelivered) throw wait;
    });
    await work.untilDelivered(3);
    expect(work.texts).toEqual(['c1', 'c2', 'c3']);
    bench.now += 500;
    work.deliverer.wake();
    await work.untilDelivered(5);
    await work.stop();
    expect(work.texts.slice(3)).toEqual(['a1', 'a2']);
    expect(attempts).toEqual([1, 2]);
  });

  it('is asked again after longer and longer, up to half a minute', async () => {
    await bench.receive(peers.alice, ['a1']);
    const work = bench.deliverTo(() => {
      throw wait;
    });
    const postponed = () => work.events.filter(({ kind }) => kind === 'postponed');
    const waits: number[] = [];
    for (let tries = 1; tries <= 9; tries++) {
      const last = await until('it was tried', () => postponed()[tries - 1]);
      waits.push(last.kind === 'postponed' ? last.until - bench.now : 0);
      bench.now += waits.at(-1) ?? 0;
      work.deliverer.wake();
    }
    await work.stop();
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(await bench.ledger.inbox.undelivered()).toBe(1);
  });

  it('counts as the only obstacle when nothing else is left to deliver, not before', async () => {
    await bench.receive(peers.alice, ['a1', 'a2']);
    await bench.receive(
      peers.carol,
      Array.from({ length: 20 }, (_, index) => `c${index}`),
    );
    let premature = 0;
    const lookClosely = async (): Promise<void> => {
      for (let turn = 0; turn < 30; turn++) {
        await Promise.resolve();
        if (work.deliverer.blockedBy !== undefined && work.texts.length < 20) premature++;
      }
    };
    const work: Work = bench.deliverTo(
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
    await bench.receive(peers.alice, ['a1', 'a2']);
    const work = bench.deliverTo((text) => {
      if (text === 'a1') throw refuse;
    });
    await work.untilDelivered(1);
    await work.stop();
    expect(work.texts).toEqual(['a2']);
    expect(work.events.map(({ kind }) => kind)).toEqual(['quarantined', 'delivered']);
    expect(await bench.ledger.quarantine.list({})).toMatchObject([
      { reason: 'message-refused', detail: 'never', claimedSender: 'alice' },
    ]);
  });

  it('may have expired while it waited, and is then not delivered any more', async () => {
    await bench.receive(peers.alice, ['a1'], { expires: MOMENT + 10_000 });
    await bench.receive(peers.alice, ['a2']);
    bench.now = MOMENT + 10_000;
    const work = bench.deliverTo(() => undefined);
    await work.untilDelivered(1);
    await work.stop();
    expect(work.texts).toEqual(['a2']);
    expect(await bench.ledger.quarantine.list({})).toMatchObject([
      { reason: 'expired', detail: 'it expired on 2026-02-03T04:05:16.000Z' },
    ]);
  });
});

describe('the end of the deliveries', () => {
  it.each([1, 2, 4])(
    'comes after exactly as many as were asked for, with %i lanes',
    async (lanes) => {
      await bench.receive(peers.alice, ['a1', 'a2', 'a3']);
      await bench.receive(peers.carol, ['c1', 'c2', 'c3']);
      const work = bench.deliverTo(() => undefined, { lanes, stopAfter: 4 });
      await work.ended;
      expect(work.texts).toHaveLength(4);
      expect(await bench.ledger.inbox.undelivered()).toBe(2);
    },
  );

  it('does not count what was refused or had to wait', async () => {
    await bench.receive(peers.alice, ['a1', 'a2']);
    await bench.receive(peers.carol, ['c1', 'c2', 'c3']);
    const work = bench.deliverTo(
      (text) => {
        if (text === 'a1') throw refuse;
        if (text === 'c1' && bench.now === MOMENT) throw wait;
      },
      { stopAfter: 3 },
    );
    await work.untilDelivered(1);
    bench.now += 500;
    work.deliverer.wake();
    await work.ended;
    expect(work.texts).toEqual(['a2', 'c1', 'c2']);
    expect(await bench.ledger.inbox.undelivered()).toBe(1);
  });

  it('comes quietly when the reader has gone, and its message is still to be delivered', async () => {
    await bench.receive(peers.alice, ['a1']);
    const work = bench.deliverTo(() => {
      throw new SinkClosed();
    });
    await work.ended;
    expect(await bench.ledger.inbox.undelivered()).toBe(1);
    expect(work.events).toEqual([]);
  });

  it('comes with a failure that nobody foresaw, after what is in hand has been finished', async () => {
    await bench.receive(peers.alice, ['a1']);
    await bench.receive(peers.carol, ['c1']);
    const gate = newGate();
    const work = bench.deliverTo(async (text) => {
      if (text === 'a1') throw new TypeError('a bug');
      await gate.opened;
    });
    let hasEnded = false;
    void work.ended.catch(() => (hasEnded = true));
    await until('the message is back', async () => {
      const [row] = await bench.ledger.history.list({ peer: parsePeerName('alice') });
      return row?.direction === 'in' && row.state === 'received';
    });
    expect(hasEnded).toBe(false);
    gate.open();
    await expect(work.ended).rejects.toThrow('a bug');
    expect(work.texts).toEqual(['c1']);
    expect(await bench.ledger.inbox.undelivered()).toBe(1);
  });
});
