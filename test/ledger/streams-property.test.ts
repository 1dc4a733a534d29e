import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { openLedger } from '../../src/ledger/open.js';
import type { Ledger } from '../../src/ledger/port.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { HandClock } from './bench.js';
import { ACME, GLOBEX, message, outgoing, verified } from './records.js';

interface Sealed {
  readonly id: MessageId;
  readonly after: readonly MessageId[];
  readonly voids: readonly MessageId[];
}

/** One sender and one recipient: what is sealed, kept, lost and delivered, in any order. */
class Network {
  readonly #clock = new HandClock();
  readonly sender: Ledger;
  readonly recipient: Ledger;
  /** Sealed, and not kept yet. */
  readonly inHand: Sealed[] = [];
  /** Kept, and it may still be decided that it never leaves. */
  readonly queued: Sealed[] = [];
  /** In the log. */
  readonly published: Sealed[] = [];
  readonly delivered: Sealed[] = [];
  /** What nothing has named in the end. */
  heads: readonly MessageId[] = [];

  constructor() {
    const directory = temporaryDirectory();
    const open = (name: string): Ledger =>
      openLedger({
        ...{ path: join(directory, `${name}.db`), clock: this.#clock.read, random: randomBytes },
      });
    [this.sender, this.recipient] = [open('sender'), open('recipient')];
  }

  async seal(): Promise<void> {
    this.#clock.now += 1;
    const after = (await this.sender.streams.heads([GLOBEX], 3)).get(GLOBEX) ?? [];
    const voids = (await this.sender.streams.voids([GLOBEX], 3)).get(GLOBEX) ?? [];
    this.inHand.push({ id: newMessageId(this.#clock.read, randomBytes), after, voids });
  }

  async keep(index: number): Promise<void> {
    const one = take(this.inHand, index);
    if (one === undefined) return;
    const { id, after, voids } = one;
    const header = JSON.stringify({ v: 1, to: [{ peer: GLOBEX, after, void: voids }] });
    const deliveries = [{ recipient: GLOBEX, topic: 'msg.in.globex', after, voids }];
    await this.sender.outbox.enqueue({ ...outgoing({ id, header }), deliveries });
    this.queued.push(one);
  }

  async takeBack(index: number, how: 'cancel' | 'forget' | 'give-up'): Promise<void> {
    const one = take(this.queued, index);
    if (one === undefined) return;
    const failed = {
      id: one.id,
      recipient: GLOBEX,
      error: 'too large',
      outcome: 'not-sent',
    } as const;
    if (how === 'give-up') await this.sender.outbox.markFailed(failed);
    else await this.sender.outbox[how](one.id);
  }

  async publish(index: number): Promise<void> {
    const one = take(this.queued, index);
    if (one === undefined) return;
    const sent = { id: one.id, recipient: GLOBEX, partition: 0, offset: 0n };
    await this.sender.outbox.markSent([sent]);
    this.published.push(one);
  }

  async deliver(index: number): Promise<void> {
    const one = take(this.published, index);
    if (one === undefined) return;
    const naming = { ...one, sender: ACME, at: this.#clock.now };
    const record = message({ id: one.id, naming, offset: this.delivered.length });
    await this.recipient.inbox.receive([verified(record)], undefined);
    this.delivered.push(one);
  }

  /** What is under way arrives, and some more, one after the other, until there is nothing to be named. */
  async settle(lost: readonly Sealed[]): Promise<void> {
    while (this.inHand.length > 0) await this.keep(0);
    while (this.queued.length > 0) await this.publish(0);
    for (;;) {
      while (this.published.length > 0) {
        const [one] = this.published;
        if (one !== undefined && lost.includes(one)) this.published.shift();
        else await this.deliver(0);
      }
      this.heads = await this.#heads();
      const voids = await this.sender.streams.voids([GLOBEX], 1);
      if (this.heads.length <= 1 && voids.get(GLOBEX)?.length === 0) return;
      await this.seal();
      await this.keep(0);
      await this.publish(0);
    }
  }

  async #heads(): Promise<readonly MessageId[]> {
    return (await this.sender.streams.heads([GLOBEX], 1_000)).get(GLOBEX) ?? [];
  }

  async close(): Promise<void> {
    await this.sender.close();
    await this.recipient.close();
  }
}

function take<T>(list: T[], index: number): T | undefined {
  return list.splice(index % Math.max(1, list.length), 1)[0];
}

const STEP = fc.record({
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('seal', 'keep', 'publish', 'deliver') },
    { weight: 2, arbitrary: fc.constantFrom('fail', 'cancel', 'forget', 'give-up') },
    { weight: 1, arbitrary: fc.constant('lose') },
  ),
  index: fc.nat(50),
});

it('reports exactly the lost ones that a delivered one names, none that never left, and names all others', async () => {
  let [reported, told] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 90 }), async (steps) => {
      const network = new Network();
      try {
        const played = await play(network, steps);
        reported += played.reported;
        told += played.told;
      } finally {
        await network.close();
      }
    }),
    { numRuns: 60 },
  );
  expect(reported).toBeGreaterThan(0);
  expect(told).toBeGreaterThan(0);
  // Thousands of commits, one after the other: a slow disk takes minutes for them.
}, 300_000);

type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** How many were reported, and of how many the recipient was told that they never left. */
interface Played {
  readonly reported: number;
  readonly told: number;
}

async function play(network: Network, steps: readonly Step[]): Promise<Played> {
  await network.seal();
  await network.keep(0);
  await network.publish(0);
  await network.deliver(0);
  const lost: Sealed[] = [];
  const never = new Set<MessageId>();
  for (const { what, index } of steps) {
    if (what === 'seal' || what === 'keep' || what === 'publish' || what === 'deliver') {
      await network[what](index);
    } else if (what === 'fail') {
      take(network.inHand, index);
    } else if (what === 'lose') {
      const one = take(network.published, index);
      if (one !== undefined) lost.push(one);
    } else {
      const one = network.queued[index % Math.max(1, network.queued.length)];
      if (one !== undefined) never.add(one.id);
      await network.takeBack(index, what);
    }
  }
  await network.settle(lost);
  const arrived = new Set(network.delivered.map(({ id }) => id));
  const named = new Set(network.delivered.flatMap(({ after }) => after));
  const voids = new Set(network.delivered.flatMap((one) => one.voids));
  const missing = (await network.recipient.streams.missing({})).map(({ id }) => id);
  expect(new Set(missing)).toEqual(
    new Set([...named].filter((id) => !arrived.has(id) && !voids.has(id))),
  );
  for (const id of voids) expect(never.has(id)).toBe(true);
  // What never left is missed only where the message that says so was lost itself.
  const untold = new Set(lost.flatMap((one) => one.voids));
  for (const id of missing) expect(untold.has(id) || lost.some((one) => one.id === id)).toBe(true);
  const namedByAny = new Set([...network.delivered, ...lost].flatMap(({ after }) => after));
  const unnamed = [...network.delivered, ...lost].filter(({ id }) => !namedByAny.has(id));
  expect(unnamed.map(({ id }) => id)).toEqual(network.heads);
  return { reported: missing.length, told: voids.size };
}
