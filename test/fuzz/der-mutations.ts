import type { Chance } from '../torture/delivery/chance.js';
import { mutateBytes } from './byte-mutations.js';
import {
  encodeNode,
  encodeNodes,
  lengthOctets,
  longLength,
  node,
  parseNodes,
  placesIn,
  type Node,
  type Place,
} from './der-tree.js';

/** What is chosen from: the place to change, and elements of other certificates and messages. */
interface Around {
  readonly place: Place;
  readonly one: Node;
  readonly chance: Chance;
  readonly donors: readonly Buffer[];
}

type Mutation = (around: Around) => void;

const CONSTRUCTED = 0x20;
/** So many octets copies of one element come to at most. */
const LARGEST = 200_000;
/** So many pieces a string is cut into at most. */
const MOST_PIECES = 5_000;
const NOTHING = Buffer.alloc(0);
const TAGS = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1e, 0x24],
  ...[0x30, 0x31, 0x80, 0x81, 0x82, 0x84, 0x86, 0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xff],
];

const putInPlace = ({ siblings, index }: Place, ...nodes: Node[]): void => {
  siblings.splice(index, 1, ...nodes);
};

/** Replaces the contents, whatever they were. */
const fill = (one: Node, content: Buffer): void => {
  one.children = undefined;
  one.prefix = NOTHING;
  one.content = content;
};

const wholeContent = (one: Node): Buffer =>
  one.children === undefined ? one.content : Buffer.concat([one.prefix, encodeNodes(one.children)]);

/** Elements within each other, written from the inside: deeper than any recursion would go. */
function nested(tag: number, depth: number, inner: Buffer): Buffer {
  const whole = Buffer.alloc(inner.length + depth * 5);
  let start = whole.length - inner.length;
  inner.copy(whole, start);
  for (let level = 0; level < depth; level++) {
    const octets = lengthOctets(whole.length - start);
    start -= octets.length + 1;
    whole[start] = tag;
    octets.copy(whole, start + 1);
  }
  return whole.subarray(start);
}

/** The same with indefinite lengths: each level costs a reader four octets and maybe a pass. */
function nestedIndefinite(tag: number, depth: number, inner: Buffer): Buffer {
  const open = Buffer.alloc(depth * 2, Buffer.of(tag | CONSTRUCTED, 0x80));
  return Buffer.concat([open, inner, Buffer.alloc(depth * 2)]);
}

const raw = (encoded: Buffer): Node => ({
  ...node(0, encoded),
  identifier: NOTHING,
  writeLength: () => NOTHING,
});

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  tag({ one, chance }) {
    const tag = chance.happens(0.5) ? chance.oneOf(TAGS) : chance.between(0, 255);
    one.identifier = Buffer.of(tag);
  },
  form({ one }) {
    one.identifier = Buffer.of((one.identifier[0] ?? 0) ^ CONSTRUCTED);
  },
  longTag({ one, chance }) {
    const first = (one.identifier[0] ?? 0) | 0x1f;
    one.identifier = Buffer.from([
      first,
      ...chance.oneOf([[0x01], [0x80, 0x01], [0xff, 0xff, 0x7f]]),
    ]);
  },
  wrongLength({ one, chance }) {
    const delta = chance.oneOf([-1, 1, -2, 2, 127, 255, 65_535, -chance.between(1, 300)]);
    one.writeLength = (length) => lengthOctets(Math.max(0, length + delta));
  },
  paddedLength({ one, chance }) {
    const size = chance.between(1, 8);
    one.writeLength = (length) => longLength(length, size);
  },
  absurdLength({ one, chance }) {
    const octets = Buffer.alloc(chance.between(1, 126), chance.oneOf([0xff, 0x7f, 0x00, 0x80]));
    one.writeLength = () => Buffer.concat([Buffer.of(0x80 | octets.length), octets]);
  },
  indefinite({ one, chance }) {
    one.writeLength = () => Buffer.of(0x80);
    one.suffix = chance.oneOf([Buffer.alloc(2), Buffer.alloc(2), NOTHING, Buffer.alloc(4)]);
    if (chance.happens(0.8)) one.identifier = Buffer.of((one.identifier[0] ?? 0) | CONSTRUCTED);
  },
  inPieces({ one, chance }) {
    const content = wholeContent(one);
    const size = Math.max(chance.oneOf([1, 2, 16, 1000]), Math.ceil(content.length / MOST_PIECES));
    const tag = one.identifier[0] ?? 0;
    const pieces = Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
      node(chance.happens(0.98) ? 0x04 : tag, content.subarray(index * size, (index + 1) * size)),
    );
    one.identifier = Buffer.of(tag | CONSTRUCTED);
    one.prefix = NOTHING;
    one.children = pieces;
    if (chance.happens(0.5)) return;
    one.writeLength = () => Buffer.of(0x80);
    one.suffix = Buffer.alloc(2);
  },
  deep({ place, one, chance }) {
    const tag = chance.oneOf([0x30, 0x31, 0xa0, 0x24, 0x04]);
    const depth = chance.oneOf([1, 2, 38, 39, 40, 41, 200, 5_000, 20_000]);
    const write = chance.happens(0.5) ? nested : nestedIndefinite;
    putInPlace(place, raw(write(tag, depth, encodeNode(one))));
  },
  deepInside({ one, chance }) {
    const write = chance.happens(0.5) ? nested : nestedIndefinite;
    fill(
      one,
      write(chance.oneOf([0x30, 0xa0, 0x24]), chance.oneOf([10, 39, 100, 10_000]), NOTHING),
    );
  },
  remove({ place }) {
    putInPlace(place);
  },
  double({ place, one, chance }) {
    const copy = raw(encodeNode(one));
    const copies = chance.oneOf([1, 1, 1, 2, 31, 32, 33, 200, 2_000]);
    const fitting = copy.content.length * copies > LARGEST ? 1 : copies;
    putInPlace(place, one, ...Array.from({ length: fitting }, () => ({ ...copy })));
  },
  swap({ place: { siblings, index }, one, chance }) {
    const other = chance.between(0, siblings.length - 1);
    siblings[index] = siblings[other] ?? one;
    siblings[other] = one;
  },
  shuffleIn({ place, one, chance, donors }) {
    const places = placesIn(parseNodes(chance.oneOf(donors)) ?? []);
    if (places.length === 0) return;
    const { siblings, index } = chance.oneOf(places);
    const donor = siblings[index] ?? one;
    putInPlace(place, ...chance.oneOf([[donor], [donor, one], [one, donor]]));
  },
  empty({ one }) {
    fill(one, NOTHING);
  },
  negative({ one }) {
    fill(one, Buffer.concat([Buffer.of(0xff, 0x7f), wholeContent(one)]));
  },
  signBit({ one }) {
    const content = Buffer.from(wholeContent(one));
    if (content[0] !== undefined) content[0] ^= 0x80;
    fill(one, content);
  },
  padded({ one, chance }) {
    fill(
      one,
      Buffer.concat([
        Buffer.alloc(chance.between(1, 4), chance.oneOf([0, 0xff])),
        wholeContent(one),
      ]),
    );
  },
  oversized({ one, chance }) {
    const length = chance.oneOf([20, 21, 22, 64, 65, 127, 128, 255, 256, 2_048, 65_536]);
    const content = chance.happens(0.5)
      ? Buffer.alloc(length, chance.between(0, 255))
      : chance.bytes(length);
    fill(one, content);
  },
  smallNumber({ one, chance }) {
    fill(one, Buffer.of(chance.oneOf([0, 1, 2, 3, 4, 5, 7, 8, 0x7f, 0x80, 0xff])));
  },
  text({ one, chance }) {
    const texts = [
      '',
      '\0',
      'acme\0.example',
      'é',
      '\u202e',
      '%',
      '*',
      '.',
      '*.example',
      'xn--',
      '//',
      '@',
    ];
    const text = Buffer.from(chance.oneOf(texts), chance.oneOf(['utf8', 'latin1', 'utf16le']));
    fill(one, chance.happens(0.5) ? text : Buffer.concat([wholeContent(one), text]));
  },
  longText({ one, chance }) {
    const piece = chance.oneOf(['a', '.a', 'a.', ' ', '  a', '%41', 'ä', '/a', ',CN=a', '\\']);
    fill(one, Buffer.from(piece.repeat(chance.oneOf([64, 256, 4_000, 30_000]))));
  },
  time({ one, chance }) {
    const times = ['491231235959Z', '500101000000Z', '99991231235959Z', '00000101000000Z'];
    const wrong = [
      '20260229000000Z',
      '2601010000Z',
      '260101000000+0000',
      '20260101000000.5Z',
      'ZZ',
    ];
    one.identifier = Buffer.of(chance.oneOf([0x17, 0x18]));
    fill(one, Buffer.from(chance.oneOf([...times, ...wrong]), 'latin1'));
  },
  objectIdentifier({ one, chance }) {
    const arcs = [
      [],
      [0x80],
      [0x80, 0x01],
      [0xff],
      [0x2a, 0x80],
      [0x2a, ...Array<number>(200).fill(0xff), 1],
    ];
    fill(one, Buffer.from(chance.oneOf(arcs)));
  },
  content({ one, chance }) {
    fill(one, mutateBytes(wholeContent(one), chance));
  },
};

/** The names of all structural mutations. */
export const DER_MUTATIONS: readonly string[] = Object.keys(MUTATIONS);

const ALL = Object.values(MUTATIONS);

/**
 * Changes DER (or bytes of any kind) in one to three places: mostly elements, with the lengths around
 * them made right again, so that the change reaches a reader's inner rooms; else bytes anywhere.
 *
 * @param donors DER to take elements of other kinds from.
 */
export function mutateDer(bytes: Buffer, chance: Chance, donors: readonly Buffer[]): Buffer {
  const nodes = chance.happens(0.75) ? parseNodes(bytes) : undefined;
  if (nodes === undefined) return mutateBytes(bytes, chance);
  for (let count = chance.oneOf([1, 1, 1, 2, 3]); count > 0; count--) {
    const places = placesIn(nodes);
    if (places.length === 0) break;
    const place = chance.oneOf(places);
    const one = place.siblings[place.index];
    if (one !== undefined) chance.oneOf(ALL)({ place, one, chance, donors });
  }
  const encoded = encodeNodes(nodes);
  return chance.happens(0.1) ? mutateBytes(encoded, chance) : encoded;
}
