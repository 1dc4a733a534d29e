import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueAt, retryAt, type ListAge } from '../../src/crl/freshness.js';
import { httpLifetimeOf } from '../../src/crl/http-lifetime.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T = Date.parse('2026-06-01T12:00:00Z');

const age = (changes: Partial<ListAge> = {}): ListAge => ({
  ...{ fetchedAt: T, thisUpdate: T, nextUpdate: T + 7 * DAY, httpLifetime: undefined },
  ...changes,
});

describe('a list at hand is due to be asked for again', () => {
  it('after the age that was set', () => {
    expect(dueAt(age(), HOUR)).toBe(T + HOUR);
  });

  it('earlier where HTTP says so, though not within a minute, and never later', () => {
    expect(dueAt(age({ httpLifetime: 10 * MINUTE }), HOUR)).toBe(T + 10 * MINUTE);
    expect(dueAt(age({ httpLifetime: 0 }), HOUR)).toBe(T + MINUTE);
    expect(dueAt(age({ httpLifetime: 30 * DAY }), HOUR)).toBe(T + HOUR);
  });

  it('some time before its nextUpdate, and now and then until its successor is there', () => {
    const nextUpdate = T + 2 * DAY;
    expect(dueAt(age({ nextUpdate }), 30 * DAY)).toBe(nextUpdate - HOUR);
    const fetchedAt = nextUpdate - HOUR / 2;
    expect(dueAt(age({ nextUpdate, fetchedAt }), 30 * DAY)).toBe(fetchedAt + 5 * MINUTE);
  });

  it('every minute once it is out of date', () => {
    const fetchedAt = T + 8 * DAY;
    expect(dueAt(age({ fetchedAt }), HOUR)).toBe(fetchedAt + MINUTE);
  });

  it('sooner where it lives for minutes only', () => {
    expect(dueAt(age({ nextUpdate: T + 10 * MINUTE }), HOUR)).toBe(T + 9 * MINUTE);
  });

  it('always after it was fetched and never after it is too old, whatever it says', () => {
    const time = fc.integer({ min: -DAY, max: 30 * DAY });
    const any = fc.record({
      fetchedAt: time,
      thisUpdate: time,
      nextUpdate: fc.option(time, { nil: undefined }),
      httpLifetime: fc.option(fc.nat({ max: 30 * DAY }), { nil: undefined }),
    });
    fc.assert(
      fc.property(any, fc.integer({ min: MINUTE, max: 30 * DAY }), (one, maxAge) => {
        const due = dueAt(one, maxAge);
        expect(due).toBeGreaterThanOrEqual(one.fetchedAt);
        expect(due).toBeLessThanOrEqual(one.fetchedAt + maxAge);
      }),
    );
  });
});

it('an address that fails is asked again after longer and longer, up to a quarter of an hour', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 100, 10_000].map((count) => retryAt(T, count) - T);
  const [half, quarter] = [MINUTE / 2, 15 * MINUTE];
  expect(waits).toEqual([
    ...[half, MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE],
    ...[quarter, quarter, quarter, quarter],
  ]);
});

describe('the lifetime that HTTP gives an answer', () => {
  const date = 'Mon, 01 Jun 2026 12:00:00 GMT';
  it.each([
    [{}, undefined],
    [{ 'cache-control': 'public, max-age=3600' }, HOUR],
    [{ 'cache-control': 'max-age="60"', age: '20' }, 40_000],
    [{ 'cache-control': 'max-age=60', age: '90' }, 0],
    [{ 'cache-control': 'no-cache, max-age=60' }, 0],
    [{ 'cache-control': 'no-store' }, 0],
    [{ 'cache-control': 's-maxage=60' }, undefined],
    [{ 'cache-control': 'max-age=soon' }, undefined],
    [{ date, expires: 'Mon, 01 Jun 2026 12:30:00 GMT' }, 30 * MINUTE],
    [{ date, expires: '0' }, 0],
    [{ expires: 'Mon, 01 Jun 2026 12:30:00 GMT' }, undefined],
    [{ date, expires: 'Mon, 01 Jun 2026 11:30:00 GMT' }, 0],
    [{ 'cache-control': 'max-age=60', date, expires: '0' }, MINUTE],
  ])('%j: %s', (headers, expected) => {
    expect(httpLifetimeOf(headers)).toBe(expected);
  });
});
