import { describe, expect, it } from 'vitest';
import { parseIsoTime } from '../../src/domain/iso-time.js';

describe('an ISO 8601 time', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:01.5+01:00', '2026-01-31T07:00:01.500Z'],
  ])('is %s', (text, expected) => {
    expect(new Date(parseIsoTime(text) ?? NaN).toISOString()).toBe(expected);
  });

  it.each(['', '1', '12', '2026', 'yesterday', '31.1.2026', 'Jan 31 2026', '2026-02-31T25:00Z'])(
    'is not %j',
    (text) => {
      expect(parseIsoTime(text)).toBeUndefined();
    },
  );
});
