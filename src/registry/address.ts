import { MsgError } from '../errors.js';
import { keccak256Hex } from './keccak.js';
import type { Address } from './port.js';

/** The account that nobody has: twenty zero bytes. */
export const ZERO_ADDRESS: Address = `0x${'0'.repeat(40)}`;

/** Spells an address with the mixed-case checksum of EIP-55. */
export function checksumAddress(bytes: Uint8Array): Address {
  const digits = Buffer.from(bytes).toString('hex');
  const hash = keccak256Hex(digits).slice(2);
  const spelled = Array.from(digits, (digit, index) =>
    Number.parseInt(hash[index] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${spelled.join('')}`;
}

/**
 * Takes an address from outside: 0x and 40 digits, all in one case or with a right checksum.
 *
 * @throws MsgError `usage`
 */
export function parseAddress(text: string): Address {
  const digits = /^0x([0-9a-fA-F]{40})$/.exec(text)?.[1];
  if (digits === undefined) throw refuse(text, 'an address is 0x and 40 hexadecimal digits');
  const address = checksumAddress(Buffer.from(digits, 'hex'));
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (isOneCase || text === address) return address;
  throw refuse(text, 'the checksum of its letters is wrong; copy it again');
}

function refuse(text: string, hint: string): MsgError {
  return new MsgError('usage', `not an account address: ${JSON.stringify(text.slice(0, 80))}`, {
    hint,
  });
}
