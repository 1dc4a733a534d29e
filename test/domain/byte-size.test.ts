import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from '../../src/domain/byte-size.js';

describe('sizes in bytes', () => {
  it.each([
    ['4096', 4096],
    ['64KiB', 65_536],
    ['1MB', 1_000_000],
    ['1.5 GiB', 1_610_612_736],
    ['2gb', 2_000_000_000],
    ['10b', 10],
  ])('reads %s as %d', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', 'KiB', '-1', '1.5', '1.0001KiB', '12 apples', '1e3', '99999TiB'])(
    'refuses %j',
    (text) => {
      expect(() => parseByteSize(text)).toThrow(/^not a size in bytes: /);
    },
  );

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1_572_864, '1.5 MiB'],
    [1_048_575, '1 MiB'],
    [2 ** 50, '1024 TiB'],
  ])('shows %d as %s', (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });
});
