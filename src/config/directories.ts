import { isAbsolute, join, resolve } from 'node:path';
import { MsgError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import type { ProfileName } from './profile-name.js';

/** Where msg keeps its files; nothing is created before it is needed. */
export interface Directories {
  /** The profiles. */
  readonly config: string;
  /** What must survive, but belongs to this host: ledgers and spools. */
  readonly state: string;
  /** What can be fetched again: address books, shared by all profiles of a chain. */
  readonly cache: string;
  /** Keys and certificates. */
  readonly data: string;
}

/** What a profile has to itself. */
export interface ProfileDirectories {
  /** The ledger and its spool. */
  readonly state: string;
  /** The default key store. */
  readonly keys: string;
}

const XDG = {
  config: { variable: 'XDG_CONFIG_HOME', fallback: '.config' },
  state: { variable: 'XDG_STATE_HOME', fallback: '.local/state' },
  cache: { variable: 'XDG_CACHE_HOME', fallback: '.cache' },
  data: { variable: 'XDG_DATA_HOME', fallback: '.local/share' },
} as const;

/**
 * The directories by the XDG Base Directory Specification, each with a `msg` of its own, or by
 * MSG_HOME, which gathers all four in one place. Relative XDG variables are ignored, as the
 * specification says; a relative MSG_HOME is taken from `cwd`.
 */
export function directoriesOf(place: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}): Directories {
  const all = place.env['MSG_HOME'];
  const of = (kind: keyof typeof XDG): string => {
    if (all !== undefined && all !== '') return resolve(place.cwd, all, kind);
    const { variable, fallback } = XDG[kind];
    const base = place.env[variable];
    const usable = base !== undefined && isAbsolute(base);
    return join(usable ? base : join(place.home, fallback), 'msg');
  };
  return { config: of('config'), state: of('state'), cache: of('cache'), data: of('data') };
}

/** The directories of one profile. */
export function profileDirectoriesOf(
  directories: Directories,
  profile: ProfileName,
): ProfileDirectories {
  return {
    state: join(directories.state, profile),
    keys: join(directories.data, profile, 'keys'),
  };
}

/**
 * Creates a directory, and those above it, for its owner alone (0700); one that is there is left as
 * it is.
 *
 * @returns the path
 * @throws MsgError `config` when it cannot be created.
 */
export function ensureDirectory(path: string): string {
  try {
    makeDirectory(path, 0o700);
    return path;
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new MsgError('config', `cannot create the directory ${path}: ${reason}`, {
      hint: 'check who owns the directories above it, or set MSG_HOME to another place',
      cause: error,
    });
  }
}
