import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffAfter } from '../../src/messaging/backoff.js';

const BACKOFF = { first: 1_000, longest: 60_000 };

it('doubles with every failure up to the longest, of which at least half is waited', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.uint8Array({ minLength: 2, maxLength: 2 }),
      (failures, bytes) => {
        const full = Math.min(1_000 * 2 ** (failures - 1), 60_000);
        const wait = backoffAfter(failures, BACKOFF, () => bytes);
        expect(wait).toBeGreaterThanOrEqual(full / 2);
        expect(wait).toBeLessThanOrEqual(full);
      },
    ),
  );
});

it('does not let those come back together who failed together', () => {
  const waits = [0x00, 0x55, 0xff].map((byte) =>
    backoffAfter(5, BACKOFF, () => Uint8Array.of(byte, byte)),
  );
  expect(new Set(waits).size).toBe(3);
});
