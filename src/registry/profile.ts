import type { PeerProfile } from './port.js';

/**
 * A profile as it goes on the chain: JSON in UTF-8 without white space, the members of every object
 * in the order of their names' UTF-16 code units (RFC 8785, section 3.2).
 */
export function encodeProfile(profile: PeerProfile): Uint8Array {
  return Buffer.from(JSON.stringify(ordered(profile)), 'utf8');
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
}
