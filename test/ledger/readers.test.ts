import { expect, test } from 'vitest';
import { ledgerBench } from './bench.js';

const nobodyGone = (): boolean => false;

function bench() {
  const { open, clock } = ledgerBench();
  const [one, other] = [open(), open()];
  const lease = (token: string) => ({
    ...{ token, owner: `host:${token}` },
    until: clock.now + 10_000,
  });
  return { one, other, clock, lease };
}

test('of several that wait one stands in, until it leaves', async () => {
  const { one, other, lease } = bench();
  expect(await one.readers.standIn(lease('a'), nobodyGone)).toBe(true);
  expect(await other.readers.standIn(lease('b'), nobodyGone)).toBe(false);
  expect(await one.readers.standIn(lease('a'), nobodyGone)).toBe(true);
  await one.readers.leave('a');
  expect(await other.readers.standIn(lease('b'), nobodyGone)).toBe(true);
});

test('a listener goes before everyone who stands in', async () => {
  const { one, other, lease } = bench();
  expect(await one.readers.standIn(lease('a'), nobodyGone)).toBe(true);
  expect(await one.readers.isListening(nobodyGone)).toBe(false);
  await other.readers.listen(lease('listener'));
  expect(await one.readers.isListening(nobodyGone)).toBe(true);
  expect(await one.readers.standIn(lease('a'), nobodyGone)).toBe(false);
  await other.readers.leave('listener');
  expect(await one.readers.standIn(lease('a'), nobodyGone)).toBe(true);
});

test('several listeners may share an inbox', async () => {
  const { one, other, lease } = bench();
  await one.readers.listen(lease('first'));
  await other.readers.listen(lease('second'));
  await one.readers.leave('first');
  expect(await one.readers.isListening(nobodyGone)).toBe(true);
});

test('whoever was killed is in nobody’s way: at once where that is known, else when its lease ends', async () => {
  const { one, other, clock, lease } = bench();
  await one.readers.listen(lease('listener'));
  expect(await other.readers.standIn(lease('b'), (owner) => owner === 'host:listener')).toBe(true);
  expect(await other.readers.standIn(lease('c'), nobodyGone)).toBe(false);
  clock.now += 10_000;
  expect(await other.readers.isListening(nobodyGone)).toBe(false);
  expect(await other.readers.standIn(lease('c'), nobodyGone)).toBe(true);
});
