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
    const length = Math.min(chance.oneOf([2, 100, 1_000]), roomFor(value));
    return put(members, at, `[${Array.from({ length }, () => value).join(',')}]`);
  },
  // Inside of a value.
  (members, at, chance) =>
    put(members, at, mutateBytes(Buffer.from(members[at]?.[1] ?? '0'), chance).toString('latin1')),
];

/** One change of a member: of the whole of it, or of what is in it, where most of the rules are. */
function mutateMember(members: Members, chance: Chance): Members {
  const nested = members.flatMap(([, value], index) => (isNested(value) ? [index] : []));
  if (nested.length > 0 && chance.happens(0.3)) {
    const at = chance.oneOf(nested);
    return put(members, at, mutateInside(members[at]?.[1] ?? '0', chance));
  }
  return chance.oneOf(MUTATIONS)(members, chance.between(0, members.length - 1), chance);
}

/** Whether it is an object or a list that has something in it. */
function isNested(json: string): boolean {
  return /^(?:\{[^}]|\[[^\]])/.test(json);
}

/** Something about one member of an object, or of a list, as deep as chance goes; else nothing. */
function mutateInside(json: string, chance: Chance): string {
  const items = itemsOf(json);
  if (items !== undefined) return `[${mutateList(items, chance).join(',')}]`;
  const members = membersOf(json);
  if (members === undefined || members.length === 0) return json;
  return write(mutateMember(members, chance));
}

function mutateList(items: readonly string[], chance: Chance): readonly string[] {
  const at = chance.between(0, items.length - 1);
  const item = items[at] ?? '0';
  return isNested(item) && chance.happens(0.8)
    ? items.with(at, mutateInside(item, chance))
    : chance.oneOf(LISTS)(items, at, chance);
}

/** The items of a list that has some, as texts. */
function itemsOf(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (!Array.isArray(value) || value.length === 0) return undefined;
    return value.map((item) => JSON.stringify(item));
  } catch {
    return undefined;
  }
}

type ListMutation = (items: readonly string[], at: number, chance: Chance) => readonly string[];

const LISTS: readonly ListMutation[] = [
  (items, at, chance) => items.with(at, chance.oneOf(VALUES)),
  (items, at) => items.toSpliced(at, 1),
  (items, at) => [...items, items[at] ?? '0'],
  (items) => items.toReversed(),
  // As many different ones as there may be, and one more.
  (items, at, chance) => {
    const item = items[at] ?? '0';
    const length = Math.min(chance.oneOf([1, 32, 33, 1_000]), roomFor(item));
    return Array.from({ length }, (_, number) => numbered(item, number));
  },
];

/** An id like this one, with another end. */
function numbered(item: string, number: number): string {
  return item.replace(/[0-9a-f]{4}(?="$)/, number.toString(16).padStart(4, '0'));
}

/** How often a value goes into what is no larger than others: the generator is not what is tested. */
function roomFor(value: string): number {
  return Math.floor(60_000 / (value.length + 1));
}

function put(members: Members, at: number, value: string): Members {
  return members.map((member, index) => (index === at ? [member[0], value] : member));
}

/** Changes the JSON of an object: its members, or bytes anywhere. */
export function mutateJson(json: Buffer, chance: Chance): Buffer {
  let members = chance.happens(0.8) ? membersOf(json.toString()) : undefined;
  if (members === undefined) return mutateBytes(json, chance);
  for (let count = chance.oneOf([1, 1, 2, 3]); count > 0 && members.length > 0; count--) {
    members = mutateMember(members, chance);
  }
  return Buffer.from(write(members));
}
