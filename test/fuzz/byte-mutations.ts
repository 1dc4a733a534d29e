import type { Chance } from '../torture/delivery/chance.js';

/** Octets that mean something in one place or another: lengths, tags, signs. */
const INTERESTING = [0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x81, 0x84, 0x85, 0x88, 0xa0, 0xbf, 0xff];

type ByteMutation = (bytes: Buffer, chance: Chance) => Buffer;

const set = (bytes: Buffer, at: number, octet: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = octet;
  return changed;
};

const splice = (bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);

const MUTATIONS: readonly ByteMutation[] = [
  // A bit.
  (bytes, chance) => {
    const at = chance.between(0, bytes.length - 1);
    return set(bytes, at, (bytes[at] ?? 0) ^ (1 << chance.between(0, 7)));
  },
  // An octet, by another or an interesting one, or by its neighbour in size.
  (bytes, chance) => set(bytes, chance.between(0, bytes.length - 1), chance.between(0, 255)),
  (bytes, chance) => set(bytes, chance.between(0, bytes.length - 1), chance.oneOf(INTERESTING)),
  (bytes, chance) => {
    const at = chance.between(0, bytes.length - 1);
    return set(bytes, at, (bytes[at] ?? 0) + (chance.happens(0.5) ? 1 : 255));
  },
  // A run of octets gone, new, or another one.
  (bytes, chance) => splice(bytes, at(bytes, chance), chance.between(1, 16), Buffer.alloc(0)),
  (bytes, chance) => splice(bytes, at(bytes, chance), 0, chance.bytes(chance.between(1, 16))),
  (bytes, chance) => {
    const count = chance.between(1, 16);
    return splice(bytes, at(bytes, chance), count, chance.bytes(count));
  },
  // A piece again in another place, or many times in its own.
  (bytes, chance) => {
    const from = at(bytes, chance);
    const piece = bytes.subarray(from, from + chance.between(1, 200));
    return splice(bytes, at(bytes, chance), 0, piece);
  },
  (bytes, chance) => {
    const from = at(bytes, chance);
    const piece = bytes.subarray(from, from + chance.between(1, 64));
    const copies = Array.from({ length: chance.between(2, 300) }, () => piece);
    return splice(bytes, from, 0, Buffer.concat(copies));
  },
  // Cut off, and longer than before.
  (bytes, chance) => Buffer.from(bytes.subarray(0, chance.between(0, bytes.length))),
  (bytes, chance) => Buffer.concat([bytes, chance.bytes(chance.between(1, 32))]),
];

function at(bytes: Buffer, chance: Chance): number {
  return chance.between(0, bytes.length);
}

/** Changes bytes in one to three places, without any regard to what they are. */
export function mutateBytes(bytes: Buffer, chance: Chance): Buffer {
  let changed = bytes;
  for (let count = chance.between(1, 3); count > 0; count--) {
    changed = changed.length === 0 ? chance.bytes(1) : chance.oneOf(MUTATIONS)(changed, chance);
  }
  return changed;
}
