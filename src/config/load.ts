import { dirname } from 'node:path';
import { MsgError } from '../errors.js';
import {
  type Directories,
  directoriesOf,
  type ProfileDirectories,
  profileDirectoriesOf,
} from './directories.js';
import { profileNamed, type ProfileFile, readProfileFile } from './profile-file.js';
import { DEFAULT_PROFILE, parseProfileName, type ProfileName } from './profile-name.js';
import {
  resolveSettings,
  type SettingFlags,
  type Settings,
  type SettingSources,
} from './resolve.js';

/** What the configuration is read from. */
export interface ConfigurationRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  readonly home: string;
  /** The working directory. */
  readonly cwd: string;
  /** `--profile`. */
  readonly profile?: string | undefined;
  readonly flags?: SettingFlags;
}

/** Where everything is and what was set. */
export interface Configuration {
  readonly profile: ProfileName;
  /** The profile file's path, whether it is there or not. */
  readonly file: string;
  readonly directories: Directories;
  readonly profileDirectories: ProfileDirectories;
  readonly settings: Settings;
}

/**
 * Reads the configuration: `--profile`, MSG_PROFILE or the current profile, and every setting. With
 * no profile at all, flags and environment do on their own, under the name `default`.
 *
 * @throws MsgError `config`
 */
export function loadConfiguration(request: ConfigurationRequest): Configuration {
  const directories = directoriesOf(request);
  const file = readProfileFile(directories);
  const profile = chooseProfile(file, request);
  const sources = sourcesOf({ file, directories, profile }, request);
  return {
    profile,
    file: file.path,
    directories,
    profileDirectories: sources.directories,
    settings: resolveSettings(sources),
  };
}

/**
 * The profile in use: the one named by `--profile` or MSG_PROFILE, else the current one, else the
 * only one.
 *
 * @throws MsgError `config` when the named one does not exist, or several do and none is current.
 */
export function chooseProfile(
  file: ProfileFile,
  request: Pick<ConfigurationRequest, 'env' | 'profile'>,
): ProfileName {
  const variable = request.env['MSG_PROFILE'];
  const named = request.profile ?? (variable === '' ? undefined : variable);
  if (named !== undefined) {
    const name = parseProfileName(named);
    if (name !== DEFAULT_PROFILE || file.profiles.size > 0) profileNamed(file, name);
    return name;
  }
  if (file.current !== undefined) {
    profileNamed(file, file.current);
    return file.current;
  }
  const [only = DEFAULT_PROFILE, ...others] = file.profiles.keys();
  if (others.length === 0) return only;
  throw new MsgError('config', `none of ${file.profiles.size} profiles is the current one`, {
    hint: 'choose one with: msg profile use NAME; or for one command with --profile NAME',
  });
}

/** The sources of one profile's settings. */
export function sourcesOf(
  place: {
    readonly file: ProfileFile;
    readonly directories: Directories;
    readonly profile: ProfileName;
  },
  request: Pick<ConfigurationRequest, 'env' | 'home' | 'cwd' | 'flags'>,
): SettingSources {
  const { file, directories, profile } = place;
  const { env, home, cwd, flags = {} } = request;
  return {
    flags,
    env,
    profile: { name: profile, fields: file.profiles.get(profile) ?? new Map<string, string>() },
    directories: profileDirectoriesOf(directories, profile),
    base: { directory: cwd, home },
    profileBase: { directory: dirname(file.path), home },
  };
}
