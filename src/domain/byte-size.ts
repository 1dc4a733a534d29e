import { MsgError } from '../errors.js';

const FACTORS = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/**
 * Reads a number of bytes such as `4096`, `64KiB`, `1.5 GB`: decimal and binary units (IEC 80000-13)
 * in any case.
 *
 * @returns whole bytes
 * @throws MsgError `usage` when it is none, or no whole number of bytes.
 */
export function parseByteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text);
  const factor = FACTORS.get(match?.[2]?.toLowerCase() ?? '');
  const bytes = match === null || factor === undefined ? NaN : Number(match[1]) * factor;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new MsgError('usage', `not a size in bytes: ${JSON.stringify(text.slice(0, 40))}`, {
    hint: 'write a whole number of bytes, or one with a unit, such as 900KiB or 2GB',
  });
}

const SHOWN = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Writes a number of bytes for people, in binary units and with at most one decimal: `1.5 MiB`. */
export function formatByteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < SHOWN.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const shown = unit === 0 ? value : Math.round(value * 10) / 10;
  return `${shown} ${SHOWN[unit] ?? ''}`;
}
