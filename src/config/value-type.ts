import { join, resolve } from 'node:path';
import { parseByteSize } from '../domain/byte-size.js';
import { parseDuration } from '../domain/duration.js';
import { suggestion } from '../domain/nearest.js';
import { redact } from '../domain/redact.js';
import { MsgError } from '../errors.js';
import { parseSecretReference, type SecretReference } from './secret.js';

/** What relative paths and `~/` in a value refer to. */
export interface PathBase {
  readonly directory: string;
  readonly home: string;
}

/** How a setting's text is understood. */
export interface ValueType<T> {
  /** For help: `duration`, `path`, `auto | legacy | free`. */
  readonly name: string;
  /** Makes the paths in the text absolute; the result is what a profile stores. */
  readonly settle?: (text: string, base: PathBase) => string;
  /** Understands a settled text; throws a MsgError saying what is wrong with it. */
  readonly parse: (text: string) => T;
  /** What may be typed, for completion. */
  readonly choices?: readonly string[];
  /** Whether errors must not repeat the text, because a secret may stand there by mistake. */
  readonly confidential?: boolean;
}

/** An absolute path. */
export const path: ValueType<string> = { name: 'path', settle: absolute, parse: (text) => text };

/** A path, or a word that stands for something else. */
export function pathOr(word: string): ValueType<string> {
  return {
    name: `path | ${word}`,
    settle: (text, base) => (text === word ? text : absolute(text, base)),
    parse: (text) => text,
    choices: [word],
  };
}

/** Paths separated by commas. */
export const paths: ValueType<readonly string[]> = {
  name: 'path,...',
  settle: (text, base) =>
    listOf(text)
      .map((item) => absolute(item, base))
      .join(','),
  parse: listOf,
};

/** A length of time, in milliseconds. */
export const duration: ValueType<number> = { name: 'duration', parse: parseDuration };

/** A size, in bytes. */
export const byteSize: ValueType<number> = { name: 'size', parse: parseByteSize };

/** A reference to a secret. */
export const secret: ValueType<SecretReference> = {
  name: 'file:PATH | env:NAME | cmd:COMMAND | prompt',
  settle: settleSecret,
  parse: parseSecretReference,
  choices: ['file:', 'env:', 'cmd:', 'prompt'],
  confidential: true,
};

/** A reference to a secret, or `none` where none is needed. */
export const secretOrNone: ValueType<SecretReference | 'none'> = {
  ...secret,
  name: `${secret.name} | none`,
  parse: (text) => (text === 'none' ? text : parseSecretReference(text)),
  choices: [...(secret.choices ?? []), 'none'],
};

/** A whole number from 1 up. */
export const count: ValueType<number> = {
  name: 'number',
  parse(text) {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    if (value > 0) return value;
    throw new MsgError('usage', `not a whole number from 1 up: ${quote(text)}`, {
      hint: 'write digits only, such as 32',
    });
  },
};

/** One of the words given. */
export function choice<const T extends string>(words: readonly T[]): ValueType<T> {
  return {
    name: words.join(' | '),
    choices: words,
    parse(text) {
      const word = words.find((candidate) => candidate === text);
      if (word !== undefined) return word;
      throw new MsgError('usage', `not one of ${words.join(', ')}: ${quote(text)}`, {
        hint: suggestion(text, words, `write ${words.join(' or ')}`),
      });
    },
  };
}

/** A text of a certain shape. */
export function text(name: string, shape: RegExp, hint?: string): ValueType<string> {
  return {
    name,
    parse(value) {
      if (shape.test(value)) return value;
      const options = hint === undefined ? {} : { hint };
      throw new MsgError('usage', `not a ${name}: ${quote(value)}`, options);
    },
  };
}

/** The items of a list separated by commas, without blanks around them and without empty ones. */
export function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A path from the base; `~/` is the home directory. */
export function absolute(value: string, base: PathBase): string {
  if (value === '~') return base.home;
  return value.startsWith('~/') ? join(base.home, value.slice(2)) : resolve(base.directory, value);
}

/** Makes the path in `file:PATH` absolute; anything else stays. */
export function settleSecret(value: string, base: PathBase): string {
  const file = /^file:\s*(.+)$/.exec(value)?.[1];
  return file === undefined ? value : `file:${absolute(file, base)}`;
}

/** A value as errors repeat it: cut, quoted, and without credentials. */
export function quote(value: string): string {
  return JSON.stringify(redact(value).slice(0, 120));
}
