import { beforeAll, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { BOUNDS } from '../../src/messaging/items/batch-request.js';
import { Batcher } from '../../src/messaging/items/batcher.js';
import type { Transport } from '../../src/transport/port.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { Sides } from '../support/two-sides.js';

const LARGEST = 6000;

let alice: TestPeer;
let bob: TestPeer;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});

/** A log that takes less in a record than others, and says so to who asks; keeps what it was given. */
function narrow(log: Transport, given: number[], mayTell = true): Transport {
  return new Proxy(log, {
    get(target, name) {
      if (name === 'limits') {
        return async (topic: string) => {
          if (!mayTell) throw new Error('nobody can tell now');
          return { ...(await log.limits(topic)), largestValue: LARGEST };
        };
      }
      if (name === 'publish') {
        return (...args: Parameters<Transport['publish']>) => {
          given.push(...args[2].map(({ value }) => value.length));
          return log.publish(...args);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function sendAll(sides: Sides, transport: Transport, sizes: readonly number[]) {
  const batcher = new Batcher(
    sides.deps(alice, { transport }),
    { to: parsePeerName('bob'), contentType: 'text/plain' },
    { ...BOUNDS, count: 12 },
  );
  const added = sizes.map((size, n) => batcher.add({ payload: Buffer.alloc(size, 97 + (n % 26)) }));
  const outcomes = await Promise.allSettled([...added, batcher.close()]);
  return outcomes.slice(0, -1).map((one) => {
    if (one.status === 'fulfilled') return 'sent';
    return one.reason instanceof Error && 'code' in one.reason ? String(one.reason.code) : 'failed';
  });
}

it('nothing is kept that is too large for the inbox, so that nothing of it is left by a kill', async () => {
  const sides = await Sides.open(alice, bob);
  const given: number[] = [];
  const sizes = Array.from({ length: 30 }, (_, n) => (n === 9 ? 7000 : 700));
  const states = await sendAll(sides, narrow(sides.log, given), sizes);
  expect(states).toEqual(sizes.map((size) => (size === 7000 ? 'too-large' : 'sent')));
  expect(given.every((length) => length <= LARGEST)).toBe(true);
  const { history, outbox } = sides.ledger(alice);
  expect(await outbox.pending()).toEqual([]);
  // What was kept is what has left: no number was given to anything else.
  const sent = await history.list({ direction: 'out', limit: 100 });
  expect(sent).toHaveLength(29);
  expect((await sides.receive(bob)).summary).toMatchObject({ delivered: 29 });
});

it('a limit that nobody can tell stands in nobody’s way', async () => {
  const sides = await Sides.open(alice, bob);
  const given: number[] = [];
  const sizes = Array.from({ length: 15 }, () => 700);
  const states = await sendAll(sides, narrow(sides.log, given, false), sizes);
  expect(new Set(states)).toEqual(new Set(['sent']));
  expect(given).toHaveLength(2);
});
