import { redact } from '../domain/redact.js';
import { MsgError } from '../errors.js';
import type { ProfileDirectories } from './directories.js';
import type { ProfileFields } from './profile-file.js';
import type { ProfileName } from './profile-name.js';
import {
  flagOf,
  SETTING_KEYS,
  settingOf,
  type SettingKey,
  type SettingValue,
  type SettingValues,
  variableOf,
} from './settings.js';
import { settleText } from './setting-text.js';
import type { PathBase } from './value-type.js';

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'profile'; readonly name: ProfileName }
  | { readonly kind: 'built-in' }
  | { readonly kind: 'unset' };

/** A setting's value and where it came from. */
export interface Resolved<T> {
  readonly value: T;
  readonly origin: Origin;
  /** The value as text, for showing: paths made absolute, credentials taken out. */
  readonly shown: string | undefined;
}

/** Every setting, resolved. */
export type Settings = { readonly [K in SettingKey]: Resolved<SettingValues[K]> };

/** What the command line says, as texts. */
export type SettingFlags = { readonly [K in SettingKey]?: string | undefined };

/** The places that values come from, the strongest first. */
export interface SettingSources {
  readonly flags: SettingFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly profile: { readonly name: ProfileName; readonly fields: ProfileFields };
  readonly directories: ProfileDirectories;
  /** Relative paths in flags and environment start at the working directory. */
  readonly base: PathBase;
  /** Relative paths in the profile start at its file's directory. */
  readonly profileBase: PathBase;
}

/**
 * Resolves every setting: flag, then environment, then profile, then built-in. An empty environment
 * variable counts as not set.
 *
 * @throws MsgError `config` naming the first setting that is wrong, its value and where it came from.
 */
export function resolveSettings(sources: SettingSources): Settings {
  const entries = SETTING_KEYS.map((key) => [key, resolveSetting(key, sources)] as const);
  return Object.fromEntries(entries) as unknown as Settings;
}

/**
 * Resolves one setting.
 *
 * @throws MsgError `config` as {@link resolveSettings} does.
 */
export function resolveSetting<K extends SettingKey>(
  key: K,
  sources: SettingSources,
): Resolved<SettingValue<K> | undefined> {
  const found = find(key, sources);
  if (found === undefined) return { value: undefined, origin: { kind: 'unset' }, shown: undefined };
  const { origin } = found;
  const base = origin.kind === 'profile' ? sources.profileBase : sources.base;
  const { text, value } = settleText(key, found.text, { base, from: describeOrigin(origin) });
  return {
    ...{ value, origin },
    // Seldom asked for, and no small part of reading the configuration.
    get shown() {
      return redact(text);
    },
  };
}

function find(
  key: SettingKey,
  { flags, env, profile, directories }: SettingSources,
): { readonly text: string; readonly origin: Origin } | undefined {
  const flag = flags[key];
  if (flag !== undefined) return { text: flag, origin: { kind: 'flag', name: flagOf(key) } };
  const name = variableOf(key);
  const variable = env[name];
  if (variable !== undefined && variable !== '') {
    return { text: variable, origin: { kind: 'environment', name } };
  }
  const field = profile.fields.get(key);
  if (field !== undefined) return { text: field, origin: { kind: 'profile', name: profile.name } };
  const builtIn = settingOf(key).preset?.(directories);
  return builtIn === undefined ? undefined : { text: builtIn, origin: { kind: 'built-in' } };
}

/** An origin in words: `--chain-url`, `MSG_CHAIN_URL`, `profile prod`, `built-in`, `unset`. */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === 'profile') return `profile ${origin.name}`;
  return 'name' in origin ? origin.name : origin.kind;
}

/**
 * The value of a setting that the work at hand cannot do without.
 *
 * @throws MsgError `config` saying where it can be set.
 */
export function requireSetting<K extends SettingKey>(
  settings: Settings,
  key: K,
): NonNullable<SettingValues[K]> {
  const { value } = settings[key];
  if (value !== undefined && value !== null) return value;
  throw new MsgError('config', `${key} is not set`, {
    hint: `set it with: msg profile set ${key} VALUE; or as ${variableOf(key)}`,
  });
}
