import { keccak256 } from '../keccak.js';

/** An argument of a call: unsigned integers, booleans, 32 bytes as they are, text as `string`. */
export type AbiArgument = bigint | number | boolean | Uint8Array | string;

const WORD = 32;

/**
 * Encodes a call as 0x and hexadecimal digits.
 *
 * @param signature The function's name and types, such as `lookup(string)`.
 */
export function encodeCall(signature: string, ...values: readonly AbiArgument[]): `0x${string}` {
  const selector = Buffer.from(keccak256(signature).subarray(0, 4));
  const heads: Buffer[] = [];
  const tails: Buffer[] = [];
  let end = values.length * WORD;
  for (const value of values) {
    if (typeof value !== 'string') {
      heads.push(encodeWord(value));
      continue;
    }
    const tail = encodeText(value);
    heads.push(encodeWord(end));
    tails.push(tail);
    end += tail.length;
  }
  return `0x${Buffer.concat([selector, ...heads, ...tails]).toString('hex')}`;
}

/** One 32-byte word: a big-endian unsigned integer, or 32 bytes as they are. */
export function encodeWord(value: bigint | number | boolean | Uint8Array): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(BigInt(value).toString(16).padStart(64, '0'), 'hex');
}

function encodeText(text: string): Buffer {
  const content = Buffer.from(text, 'utf8');
  const padding = Buffer.alloc((WORD - (content.length % WORD)) % WORD);
  return Buffer.concat([encodeWord(content.length), content, padding]);
}
