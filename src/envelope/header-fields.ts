import { isFingerprint, type Fingerprint } from '../domain/fingerprint.js';
import { isMessageId, type MessageId } from '../domain/message-id.js';
import { isPeerName, type PeerName } from '../domain/peer-name.js';
import { isPlainAscii } from '../domain/plain-ascii.js';
import { EnvelopeRefused } from './refused.js';

/** Reads one field's value, which came from outside; `field` is its name for the refusal. */
export type FieldReader<T> = (value: unknown, field: string) => T;

/** An object of the header with its fields still unread. */
export type Fields = Readonly<Record<string, unknown>>;

/** The refusal of a header, saying which field breaks which rule. */
export function headerRefused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('header', `the signed header is refused: ${message}`);
}

/** A JSON object, not an array and not null. */
export const readObject: FieldReader<Fields> = (value, field) => {
  if (isFields(value)) return value;
  throw headerRefused(`${field} is not an object`);
};

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a header is put together in. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Reads an optional field into the draft, or leaves it out where the header does not have it. */
export function optional<T, K extends keyof T & string>(
  draft: T,
  fields: Fields,
  name: K,
  read: FieldReader<Required<T>[K]>,
): void {
  const value = fields[name];
  if (value !== undefined) draft[name] = read(value, name);
}

export const readMessageId: FieldReader<MessageId> = (value, field) => {
  if (typeof value === 'string' && isMessageId(value)) return value;
  throw headerRefused(`${field} is not a message id`);
};

export const readPeerName: FieldReader<PeerName> = (value, field) => {
  if (typeof value === 'string' && isPeerName(value)) return value;
  throw headerRefused(`${field} is not a peer name`);
};

export const readFingerprint: FieldReader<Fingerprint> = (value, field) => {
  if (typeof value === 'string' && isFingerprint(value)) return value;
  throw headerRefused(`${field} is not a certificate's SHA-256`);
};

/** A whole number from `minimum` up to the largest that JSON readers agree on, 2^53 - 1. */
export function wholeNumber(minimum: number): FieldReader<number> {
  return (value, field) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value;
    throw headerRefused(`${field} is not a whole number from ${minimum}`);
  };
}

/** A time in Unix milliseconds, within what a date can hold (ECMA-262, section 21.4.1.1). */
export const readTime: FieldReader<number> = (value, field) => {
  const time = wholeNumber(0)(value, field);
  if (time <= 8_640_000_000_000_000) return time;
  throw headerRefused(`${field} lies beyond all dates`);
};

/** Control characters, lone surrogates, line separators and what turns the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u;

/** One line of text, so long at most in UTF-16 units, that no terminal or log can be misled with. */
export function lineOfText(longest: number): FieldReader<string> {
  return (value, field) => {
    if (typeof value !== 'string') throw headerRefused(`${field} is not a text`);
    if (value.length === 0) throw headerRefused(`${field} is empty`);
    if (value.length > longest) throw headerRefused(`${field} is longer than ${longest}`);
    if (!isPlainAscii(value) && UNPRINTABLE.test(value))
      throw headerRefused(`${field} holds unprintable characters`);
    return value;
  };
}

const MAX_NAME_BYTES = 255;

/** A file name that stays in the directory it is put into, on every file system. */
export const readFileName: FieldReader<string> = (value, field) => {
  const name = lineOfText(MAX_NAME_BYTES)(value, field);
  const isPath = /[/\\]/.test(name) || name === '.' || name === '..';
  if (isPath) throw headerRefused(`${field} is a path, not a file name`);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw headerRefused(`${field} is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return name;
};

/** A media type such as `application/json; charset=utf-8` (RFC 9110, section 8.3.1), ASCII only. */
export const readMediaType: FieldReader<string> = (value, field) => {
  const text = lineOfText(255)(value, field);
  if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[\x20-\x7e]*)?$/.test(text)) return text;
  throw headerRefused(`${field} is not a media type`);
};

/** A stable name for why something was refused, such as `id-conflict`. */
export const readReason: FieldReader<string> = (value, field) => {
  if (typeof value === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(value)) return value;
  throw headerRefused(`${field} is not the name of a reason`);
};

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): FieldReader<T> {
  return (value, field) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw headerRefused(`${field} is not one of ${words.join(', ')}`);
  };
}

/** An array of 1 to `longest` members, none of which has the key of another. */
export function distinct<T>(read: FieldReader<T>, keysOf: (member: T) => readonly string[]) {
  return (value: unknown, field: string): readonly T[] => {
    if (!Array.isArray(value)) throw headerRefused(`${field} is not an array`);
    if (value.length === 0) throw headerRefused(`${field} is empty`);
    const members = value.map((member: unknown, index) => read(member, `${field}[${index}]`));
    const keys = members.flatMap(keysOf);
    if (new Set(keys).size !== keys.length) throw headerRefused(`${field} names something twice`);
    return members;
  };
}
