import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { directoriesOf, profileDirectoriesOf, type Directories, type ProfileDirectories } from '../config/directories.js';
import { profileNamed, readProfileFile, type ProfileFile } from '../config/profile-file.js';
import { DEFAULT_PROFILE, parseProfileName, type ProfileName } from '../config/profile-name.js';
import { resolveSettings, type SettingFlags, type Settings } from '../config/resolve.js';
import type { Environment } from '../terminal/streams.js';

/** A profile with everything it says, resolved. */
export interface ActiveProfile {
  readonly name: ProfileName;
  /** Whether it lies in the profile file; settings may also come from flags and environment alone. */
  readonly exists: boolean;
  readonly settings: Settings;
  readonly directories: Directories;
  readonly own: ProfileDirectories;
}

/** What decides which profile is active and what it says. */
export interface ProfileSources {
  /** `--profile`. */
  readonly profile?: string | undefined;
  readonly flags?: SettingFlags;
  readonly env: Environment;
  readonly cwd: string;
}


/**
 * Picks the profile (`--profile`, MSG_PROFILE, the current one, `default`) and resolves its settings.
 *
 * @throws MsgError `config` when a named profile is not there, or a setting is malformed.
 */
export function activeProfile(sources: ProfileSources): ActiveProfile {
  const { env, cwd, flags = {} } = sources;
  const home = homedir();
  const directories = directoriesOf({ env, home, cwd });
  const file = readProfileFile(directories);
  const named = sources.profile ?? (env['MSG_PROFILE'] === '' ? undefined : env['MSG_PROFILE']);
  const name = named === undefined ? (file.current ?? DEFAULT_PROFILE) : parseProfileName(named);
  const fields = fieldsOf(file, name, named !== undefined);
  const own = profileDirectoriesOf(directories, name);
  const settings = resolveSettings({
    flags,
    env,
    profile: { name, fields: fields ?? new Map<string, string>() },
    directories: own,
    base: { directory: cwd, home },
    profileBase: { directory: dirname(file.path), home },
  });
  return { name, exists: fields !== undefined, settings, directories, own };
}

function fieldsOf(file: ProfileFile, name: ProfileName, isNamed: boolean) {
  return isNamed ? profileNamed(file, name) : file.profiles.get(name);
}
