/** The polynomial of Castagnoli, its bits in reverse. */
const POLYNOMIAL = 0x82_f6_3b_78;

let table: Int32Array | undefined;

/**
 * CRC-32C (RFC 3720, appendix B.4) of a message's few kilobytes. It is written out, in functions that V8
 * takes for large: small ones it compiles while they run for the first time, which takes up to twenty
 * times as long as the sum.
 *
 * @returns 32 bits, unsigned.
 */
export function crc32c(bytes: Uint8Array): number {
  const remainders = (table ??= makeTable());
  const { length } = bytes;
  let sum = -1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    sum = (remainders[(sum ^ (bytes[at] as number)) & 0xff] as number) ^ (sum >>> 8);
    sum = (remainders[(sum ^ (bytes[at + 1] as number)) & 0xff] as number) ^ (sum >>> 8);
    sum = (remainders[(sum ^ (bytes[at + 2] as number)) & 0xff] as number) ^ (sum >>> 8);
    sum = (remainders[(sum ^ (bytes[at + 3] as number)) & 0xff] as number) ^ (sum >>> 8);
  }
  for (; at < length; at += 1) {
    sum = (remainders[(sum ^ (bytes[at] as number)) & 0xff] as number) ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}

/** What a byte leaves when it is divided by the polynomial, a step a bit. */
function makeTable(): Int32Array {
  const made = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let rest = byte;
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
    made[byte] = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
  }
  return made;
}
