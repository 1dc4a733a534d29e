import Conf from 'conf';
import { MsgError } from '../errors.js';
import { type Directories, ensureDirectory } from './directories.js';
import {
  PROFILE_FILE,
  type ProfileFields,
  type ProfileFile,
  profileNamed,
  readProfileFile,
} from './profile-file.js';
import { parseProfileName, type ProfileName } from './profile-name.js';
import { parseSettingKey, settleText } from './setting-text.js';
import type { PathBase } from './value-type.js';

/** What to change in a profile: texts to set, undefined to take away. */
export type ProfileChanges = Readonly<Record<string, string | undefined>>;

/**
 * The profiles, to be changed. Each change is checked first and then written whole: to a temporary
 * file (0600), fsynced and renamed. Failures are MsgErrors `config`.
 */
export interface ProfileStore {
  /** The profiles as they are now. */
  read(): ProfileFile;
  /** Adds a profile; the first one becomes the current one. */
  create(name: string, changes: ProfileChanges): ProfileName;
  /** Changes some settings of a profile. */
  set(name: string, changes: ProfileChanges): ProfileName;
  /** Gives a profile these settings and no others, in one step; adds it where it is missing. */
  replace(name: string, changes: ProfileChanges): ProfileName;
  /** Makes a profile the current one. */
  use(name: string): ProfileName;
  /** Forgets a profile's settings; its ledger and keys stay where they are. */
  remove(name: string): ProfileName;
}

interface StoredProfiles {
  current?: string;
  profiles?: Record<string, Record<string, unknown>>;
}

/**
 * Opens the profiles for writing. This module alone loads conf, so import it only to write.
 *
 * @param base - what relative paths in new values refer to: they are stored as absolute ones
 * @throws MsgError `config` when the file is malformed or may be written to by others.
 */
export function openProfileStore(directories: Directories, base: PathBase): ProfileStore {
  ensureDirectory(directories.config);
  readProfileFile(directories);
  const conf = new Conf<StoredProfiles>({
    cwd: directories.config,
    configName: PROFILE_FILE,
    fileExtension: 'json',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    schema: {
      current: { type: 'string' },
      profiles: { type: 'object', additionalProperties: { type: 'object' } },
    },
  });
  const read = (): ProfileFile => readProfileFile(directories);
  const existing = (name: string): ProfileName => {
    profileNamed(read(), name);
    return parseProfileName(name);
  };
  const write = (
    change: (stored: Required<Pick<StoredProfiles, 'profiles'>> & StoredProfiles) => void,
  ): void => {
    try {
      const stored = { ...conf.store, profiles: { ...conf.store.profiles } };
      change(stored);
      conf.store = stored;
    } catch (error) {
      throw unwritable(conf.path, error);
    }
  };
  const replace = (text: string, changes: ProfileChanges): ProfileName => {
    const name = parseProfileName(text);
    const fields = withoutUndefined(settle(changes, base));
    write((stored) => {
      stored.profiles[name] = fields;
      stored.current ??= name;
    });
    return name;
  };
  return {
    read,
    create(text, changes) {
      const name = parseProfileName(text);
      if (read().profiles.has(name)) throw alreadyThere(name);
      return replace(name, changes);
    },
    replace,
    set(text, changes) {
      const name = existing(text);
      const settled = settle(changes, base, read().profiles.get(name));
      write((stored) => {
        stored.profiles[name] = withoutUndefined({ ...stored.profiles[name], ...settled });
      });
      return name;
    },
    use(text) {
      const name = existing(text);
      write((stored) => {
        stored.current = name;
      });
      return name;
    },
    remove(text) {
      const name = existing(text);
      write((stored) => {
        stored.profiles = withoutUndefined({ ...stored.profiles, [name]: undefined });
        if (stored.current === name) delete stored.current;
      });
      return name;
    },
  };
}

/** An error without a code is no failure of the file system, and says what it is by itself. */
function unwritable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'code' in cause)) return cause;
  const code = String(cause.code);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const hint = 'make room, then run the command again; the profiles are as they were';
    return new MsgError('disk-full', `no space left to write ${path}`, { hint, cause });
  }
  return new MsgError('config', `cannot write ${path}: ${code}`, {
    hint: 'check who may write it and its directory, or set MSG_HOME to another place',
    cause,
  });
}

function alreadyThere(name: ProfileName): MsgError {
  return new MsgError('config', `a profile ${name} exists already`, {
    hint: `change it with: msg profile set; or remove it first with: msg profile remove ${name}`,
  });
}

/** The changes with their paths made absolute, once every name and value has been found right. */
function settle(changes: ProfileChanges, base: PathBase, old?: ProfileFields): ProfileChanges {
  return Object.fromEntries(
    Object.entries(changes).map(([name, written]) => {
      // A name that is no setting can at least be taken away again.
      if (written === undefined && old?.has(name) === true) return [name, undefined];
      const key = parseSettingKey(name);
      return [key, written === undefined ? undefined : settleText(key, written, { base }).text];
    }),
  );
}

function withoutUndefined<T>(fields: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const kept = Object.entries(fields).filter(
    (field): field is [string, T] => field[1] !== undefined,
  );
  return Object.fromEntries(kept);
}
