import type { Address } from './port.js';

/**
 * Whether the text is 0x and 40 hexadecimal digits. Its checksum is not looked at, since that takes
 * keccak256, which a process with a fresh cache does without; `parseAddress` is for what people type.
 */
export function isAddress(text: string): text is Address {
  return /^0x[0-9a-fA-F]{40}$/.test(text);
}

/** Whether the letters of an address are of both cases, which is how a checksum is written (EIP-55). */
export function hasChecksum(address: Address): boolean {
  return /[A-F]/.test(address) && /[a-f]/.test(address.slice(2));
}
