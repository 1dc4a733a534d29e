import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MsgError } from '../../src/errors.js';
import type { Ledger } from '../../src/ledger/port.js';
import { DeliveryBench, makePeers, type Peers } from '../support/deliveries.js';
import { newGate } from '../support/gate.js';
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

describe('a handler that fails', () => {
  it('may fail so often and no more, where there is a limit', async () => {
    await bench.receive(peers.alice, ['a1', 'a2']);
    const work = bench.deliverTo(
      (text) => {
        if (text === 'a1') throw new MsgError('handler-failed', 'exit 75');
      },
      { maxAttempts: 2 },
    );
    await until('it has failed once', () => work.events.length === 1);
    expect(work.events).toMatchObject([{ kind: 'postponed', until: bench.now + 500 }]);
    bench.now += 500;
    work.deliverer.wake();
    await work.untilDelivered(1);
    await work.stop();
    expect(work.texts).toEqual(['a2']);
    expect(await bench.ledger.quarantine.list({})).toMatchObject([
      { reason: 'handler-failed', detail: 'gave up at attempt 2: exit 75' },
    ]);
  });

  it('has the limit before it anew after a retry from the quarantine', async () => {
    await bench.receive(peers.alice, ['a1']);
    const work = bench.deliverTo(
      () => {
        throw new MsgError('handler-failed', 'exit 75');
      },
      { maxAttempts: 1 },
    );
    const [entry] = await until('it has been given up', async () => {
      const rows = await bench.ledger.quarantine.list({});
      return rows.length === 1 ? rows : undefined;
    });
    await work.stop();
    await bench.ledger.quarantine.requeue(entry?.number ?? 0);
    const again = bench.deliverTo((_, { attempt, redelivered }) => {
      expect({ attempt, redelivered }).toEqual({ attempt: 2, redelivered: true });
    });
    await again.untilDelivered(1);
    await again.stop();
  });

  it('is no limit to a sink that is not there', async () => {
    await bench.receive(peers.alice, ['a1']);
    const work = bench.deliverTo(
      () => {
        throw wait;
      },
      { maxAttempts: 1 },
    );
    await until('it has been tried', () => work.events.length === 1);
    await work.stop();
    expect(work.events).toMatchObject([{ kind: 'postponed' }]);
  });
});

describe('a ledger that cannot be used for now', () => {
  const busy = new MsgError('ledger-busy', 'held by another process');

  /** Fails so often, and works then. */
  function failing(room: 'claim' | 'complete' | 'quarantine', failures: number): Ledger {
    let left = failures;
    const real = bench.ledger.lanes;
    const method = (...args: never[]): unknown => {
      left -= 1;
      if (left >= 0) return Promise.reject(busy);
      return (real[room] as (...args: never[]) => unknown).apply(real, args);
    };
    return { ...bench.ledger, lanes: { ...real, [room]: method } };
  }

  it.each(['claim', 'complete'] as const)(
    'is waited for, and nothing is delivered twice meanwhile (%s)',
    async (room) => {
      await bench.receive(peers.alice, ['a1']);
      bench.ledger = failing(room, 2);
      const work = bench.deliverTo(() => undefined);
      await until('it is done', async () => (await bench.ledger.inbox.undelivered()) === 0);
      await work.stop();
      expect(work.texts).toEqual(['a1']);
      expect(work.events.map(({ kind }) => kind)).toEqual(['hindered', 'delivered']);
    },
  );

  it('is waited for before a message goes to quarantine, too', async () => {
    await bench.receive(peers.alice, ['a1']);
    bench.ledger = failing('quarantine', 2);
    const work = bench.deliverTo(() => {
      throw refuse;
    });
    await until('it is there', async () => (await bench.ledger.quarantine.list({})).length === 1);
    await work.stop();
    expect(work.events.map(({ kind }) => kind)).toEqual(['hindered', 'quarantined']);
  });

  it('ends the deliveries of one who does not want to wait', async () => {
    await bench.receive(peers.alice, ['a1']);
    bench.ledger = failing('claim', 1);
    const work = bench.deliverTo(() => undefined, { isPatient: false });
    await expect(work.ended).rejects.toBe(busy);
  });
});

describe('a lane that another process took over', () => {
  it('is left alone, whatever became of the delivery', async () => {
    await bench.receive(peers.alice, ['a1']);
    for (const end of [() => undefined, () => Promise.reject(wait), () => Promise.reject(refuse)]) {
      const gate = newGate();
      let isAt = false;
      const work = bench.deliverTo(async () => {
        isAt = true;
        await gate.opened;
        return end();
      });
      await until('it is at it', () => isAt);
      bench.now += 120_000;
      const claim = { owner: 'other', leaseUntil: bench.now + 60_000, except: [] };
      expect(await bench.ledger.lanes.claim(claim)).toBeDefined();
      work.deliverer.stop();
      gate.open();
      await work.ended;
      expect(await bench.ledger.quarantine.list({})).toEqual([]);
      expect(await bench.ledger.lanes.blocked()).toEqual([]);
      bench.now += 120_000;
      await bench.receive(peers.alice, ['a2']);
    }
  });
});

describe('keys that cannot be loaded', () => {
  it('end the deliveries, and say nothing about the message', async () => {
    await bench.receive(peers.alice, ['a1']);
    const failure = new MsgError('passphrase', 'the passphrase is wrong');
    const work = bench.deliverTo(() => undefined, { keys: () => Promise.reject(failure) });
    await expect(work.ended).rejects.toBe(failure);
    expect(await bench.ledger.quarantine.list({})).toEqual([]);
    expect(await bench.ledger.inbox.undelivered()).toBe(1);
  });
});
