import { expect, it } from 'vitest';
import { whenAsked } from '../../src/ledger/when-asked.js';

interface House {
  readonly kitchen: object;
  readonly cellar: object;
}

it('makes what is asked for, once, and nothing else', () => {
  const made: string[] = [];
  const maker = (name: string) => () => {
    made.push(name);
    return { name };
  };
  const house = whenAsked<House>({ kitchen: maker('kitchen'), cellar: maker('cellar') });
  expect(made).toEqual([]);
  expect(house.kitchen).toBe(house.kitchen);
  expect(made).toEqual(['kitchen']);
  expect({ ...house }).toEqual({ kitchen: { name: 'kitchen' }, cellar: { name: 'cellar' } });
});

it('tries again what could not be made', () => {
  let attempts = 0;
  const house = whenAsked<Pick<House, 'cellar'>>({
    cellar: () => {
      if (++attempts === 1) throw new Error('the disk is full');
      return {};
    },
  });
  expect(() => house.cellar).toThrow('the disk is full');
  expect(house.cellar).toEqual({});
});
