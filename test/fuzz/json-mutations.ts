import type { Chance } from '../torture/delivery/chance.js';
import { mutateBytes } from './byte-mutations.js';

/** JSON texts to stand for any value. */
const VALUES: readonly string[] = [
  ...[
    'null',
    'true',
    '""',
    '[]',
    '{}',
    '0',
    '-0',
    '-1',
    '1e308',
    '1e999',
    '0.1',
    '9007199254740993',
  ],
  ...['"\\u0000"', '"\\ud800"', '"\\u202e"', '"../../etc/passwd"', '"acme\\nbolt"', '"ACME"'],
  ...['{"__proto__":{"polluted":true}}', '[[[[]]]]', '"received"', '["processed","processed"]'],
  ...['"9999-12-31T23:59:59.999Z"', '"2026-02-30T00:00:00Z"', '" "', 'NaN', "'a'", '1_000'],
];
const NAMES = ['__proto__', 'constructor', 'toString', 'v', 'id', 'to', 'items', '', 'x'];

type Member = readonly [name: string, value: string];
type Members = readonly Member[];

/** A JSON object's members as text, so that names can stand there twice and values need not parse. */
function membersOf(json: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.entries(value).map(([name, one]) => [name, JSON.stringify(one)]);
  } catch {
    return undefined;
  }
}

const write = (members: Members): string =>
  `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;

type JsonMutation = (members: Members, at: number, chance: Chance) => Members;

const MUTATIONS: readonly JsonMutation[] = [
  // Another value.
  (members, at, chance) => put(members, at, chance.oneOf(VALUES)),
  // A name less, a name twice, a new name.
  (members, at) => members.filter((_, index) => index !== at),
  (members, at, chance) => {
    const [name] = members[at] ?? ['v', ''];
    return [...members, [name, chance.oneOf(VALUES)]];
  },
  (members, at, chance) => [
    ...members.slice(0, at),
    [chance.oneOf(NAMES), chance.oneOf(VALUES)],
    ...members.slice(at),
  ],
  // Values that have changed places.
  (members, at, chance) => {
    const other = chance.between(0, members.length - 1);
    const [mine, theirs] = [members[at]?.[1] ?? '0', members[other]?.[1] ?? '0'];
    return put(put(members, at, theirs), other, mine);
  },
  // Too deep, too long, too many.
  (members, at, chance) => {
    const depth = chance.oneOf([10, 1_000, 30_000]);
    return put(members, at, '['.repeat(depth) + ']'.repeat(depth));
  },
  (members, at, chance) =>
    put(
      members,
      at,
      JSON.stringify(
        chance.oneOf(['a', 'ä', '\\', '\u0001']).repeat(chance.oneOf([64, 256, 60_000])),
      ),
    ),
  (members, at, chance) => {
    const value = members[at]?.[1] ?? '0';
    const count = Math.min(chance.oneOf([2, 100, 1_000]), Math.floor(60_000 / (value.length + 1)));
    return put(members, at, `[${Array.from({ length: count }, () => value).join(',')}]`);
  },
  // Inside of a value.
  (members, at, chance) =>
    put(members, at, mutateBytes(Buffer.from(members[at]?.[1] ?? '0'), chance).toString('latin1')),
  (members, at, chance) => {
    const value = members[at]?.[1] ?? '0';
    const inner = membersOf(value) ?? membersOf(value.replace(/^\[(.*)\]$/s, '$1'));
    if (inner === undefined || inner.length === 0) return members;
    const changed = write(put(inner, chance.between(0, inner.length - 1), chance.oneOf(VALUES)));
    return put(members, at, value.startsWith('[') ? `[${changed}]` : changed);
  },
];

function put(members: Members, at: number, value: string): Members {
  return members.map((member, index) => (index === at ? [member[0], value] : member));
}

/** Changes the JSON of an object: its members, or bytes anywhere. */
export function mutateJson(json: Buffer, chance: Chance): Buffer {
  let members = chance.happens(0.8) ? membersOf(json.toString()) : undefined;
  if (members === undefined) return mutateBytes(json, chance);
  for (let count = chance.oneOf([1, 1, 2, 3]); count > 0 && members.length > 0; count--) {
    members = chance.oneOf(MUTATIONS)(members, chance.between(0, members.length - 1), chance);
  }
  return Buffer.from(write(members));
}
