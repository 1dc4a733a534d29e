import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suggestion } from '../domain/nearest.js';
import { MsgError } from '../errors.js';
import type { Directories } from './directories.js';
import { parseJson } from './json-text.js';
import { isProfileName, type ProfileName } from './profile-name.js';

/** The name of the file within the configuration directory, without its `.json`. */
export const PROFILE_FILE = 'profiles';

/** What a profile says, as texts by setting; unknown keys included. */
export type ProfileFields = ReadonlyMap<string, string>;

/** All profiles, as they lie in the file. */
export interface ProfileFile {
  readonly path: string;
  /** The profile in use where none is named. */
  readonly current: ProfileName | undefined;
  readonly profiles: ReadonlyMap<ProfileName, ProfileFields>;
}

/** Where the profiles lie. */
export function profileFilePath(directories: Directories): string {
  return join(directories.config, `${PROFILE_FILE}.json`);
}

/**
 * Reads all profiles without loading conf, which writes them. A file that is not there holds none.
 *
 * @throws MsgError `config` naming the file, and the line and column or the entry that is wrong;
 * also when others than its owner may write to it, since a profile can name commands to run.
 */
export function readProfileFile(directories: Directories): ProfileFile {
  const path = profileFilePath(directories);
  const text = readOwnFile(path);
  if (text === undefined) return { path, current: undefined, profiles: new Map() };
  const outcome = parseJson(text);
  if (outcome.ok) return interpret(path, outcome.value);
  const { position, expected } = outcome;
  throw new MsgError(
    'config',
    `${path} is malformed at line ${position.line}, column ${position.column}: expected ${expected}`,
    { hint: 'mend the file by hand, or move it away and run: msg init' },
  );
}

/**
 * The fields of a profile by name.
 *
 * @throws MsgError `config` with the nearest name when there is none.
 */
export function profileNamed(file: ProfileFile, name: string): ProfileFields {
  for (const [candidate, fields] of file.profiles) if (candidate === name) return fields;
  throw new MsgError('config', `no profile ${JSON.stringify(name.slice(0, 80))}`, {
    hint: suggestion(name, file.profiles.keys(), 'list the profiles with: msg profile list'),
  });
}

function readOwnFile(path: string): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const { mode } = fstatSync(descriptor);
    if (process.platform !== 'win32' && (mode & 0o022) !== 0) throw writableByOthers(path);
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    if (error instanceof MsgError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    if (code === 'ENOENT') return undefined;
    throw new MsgError('config', `cannot read ${path}: ${code}`, {
      hint: 'check who may read it; MSG_HOME moves the profiles to another directory',
      cause: error,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function writableByOthers(path: string): MsgError {
  return new MsgError('config', `${path} can be written by others than its owner`, {
    hint: `check what it says, then run: chmod 600 ${path}`,
  });
}

function interpret(path: string, value: unknown): ProfileFile {
  const root = objectOf(value);
  if (root === undefined) throw wrong(path, 'the file', 'an object');
  const current = root['current'];
  if (current !== undefined && !(typeof current === 'string' && isProfileName(current))) {
    throw wrong(path, 'current', "a profile's name");
  }
  const entries = objectOf(root['profiles'] ?? {});
  if (entries === undefined) throw wrong(path, 'profiles', 'an object');
  const profiles = new Map<ProfileName, ProfileFields>();
  for (const [name, fields] of Object.entries(entries)) {
    if (!isProfileName(name)) throw wrong(path, `profiles.${name}`, 'named with [a-z0-9._-]');
    profiles.set(name, interpretFields(path, name, fields));
  }
  return { path, current, profiles };
}

function interpretFields(path: string, name: ProfileName, value: unknown): ProfileFields {
  const fields = objectOf(value);
  if (fields === undefined) throw wrong(path, `profiles.${name}`, 'an object');
  return new Map(
    Object.entries(fields).map(([key, field]) => {
      const text = textOf(field);
      if (text === undefined) throw wrong(path, `profiles.${name}, ${key},`, 'a text');
      return [key, text];
    }),
  );
}

/** A field is a text; numbers, switches and lists of texts are taken as people write them by hand. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === 'string') ? value.join(',') : undefined;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

function wrong(path: string, place: string, wanted: string): MsgError {
  return new MsgError('config', `${path}: ${place} is not ${wanted}`, {
    hint: 'mend it by hand, or move it away and set the profiles up again with "msg init"',
  });
}
