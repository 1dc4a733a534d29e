import { keccak_256 } from '@noble/hashes/sha3';

/** Keccak-256, Ethereum's hash: SHA-3 before NIST changed the padding, which node:crypto lacks. */
export function keccak256(data: Uint8Array | string): Uint8Array {
  return keccak_256(data);
}

/** Keccak-256 as 0x and 64 lower-case hexadecimal digits. */
export function keccak256Hex(data: Uint8Array | string): string {
  return `0x${Buffer.from(keccak_256(data)).toString('hex')}`;
}
