import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lookout } from '../../src/messaging/lookout.js';
import { until } from '../support/until.js';

const NEVER = () => 2 ** 31 - 1;

/** Workers that take work from a pile until it is empty and everything was brought. */
function workAt(pile: number[], workers: number, longest = NEVER) {
  const lookout = new Lookout();
  const done: number[] = [];
  let looks = 0;
  let isOver = false;
  const work = async (): Promise<void> => {
    for (;;) {
      const found = await lookout.find(async () => {
        looks++;
        await Promise.resolve();
        return pile.shift();
      });
      if (isOver) return;
      if (found === undefined) await lookout.sleep(longest);
      else done.push(found);
    }
  };
  const all = Promise.all(Array.from({ length: workers }, work));
  return {
    lookout,
    done,
    looks: () => looks,
    end() {
      isOver = true;
      lookout.ring();
      return all;
    },
  };
}

describe('workers at one lookout', () => {
  it('find everything that is rung for, whenever it comes', async () => {
    const piles = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(piles, fc.integer({ min: 1, max: 8 }), async (brought, workers) => {
        const pile: number[] = [];
        const stage = workAt(pile, workers);
        for (const [index, count] of brought.entries()) {
          for (let one = 0; one < count; one++) pile.push(index);
          stage.lookout.ring();
          if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        const total = brought.reduce((sum, count) => sum + count, 0);
        await until('everything is found', () => stage.done.length === total);
        expect(pile).toEqual([]);
        await stage.end();
      }),
    );
  });

  it('look once for a ring that brought nothing, however many they are', async () => {
    const stage = workAt([], 8);
    await until('they sleep', () => stage.lookout.isEmpty);
    const before = stage.looks();
    stage.lookout.ring();
    await until('they have looked', () => stage.lookout.isEmpty);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stage.looks()).toBe(before + 1);
    await stage.end();
  });

  it('look again when it is time, since not everybody rings', async () => {
    const pile: number[] = [];
    const stage = workAt(pile, 4, () => 5);
    await until('they sleep', () => stage.lookout.isEmpty);
    pile.push(1, 2, 3);
    await until('it was found', () => stage.done.length === 3);
    await stage.end();
  });

  it('wait after a look that failed, and do not all fail with it', async () => {
    const lookout = new Lookout();
    const failing = lookout.find(() => Promise.reject(new Error('the disk is away')));
    await expect(failing).rejects.toThrow('the disk is away');
    let looks = 0;
    const look = () => Promise.resolve(++looks);
    await expect(lookout.find(look)).resolves.toBeUndefined();
    await lookout.sleep(() => 1);
    await expect(lookout.find(look)).resolves.toBe(1);
  });
});
