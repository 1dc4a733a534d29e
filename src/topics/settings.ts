import {
  flagOf,
  SETTING_KEYS,
  settingOf,
  variableOf,
  type SettingKey,
} from '../config/settings.js';

/** A setting as help and documentation show it. */
export interface SettingEntry {
  readonly key: SettingKey;
  readonly flag: string;
  readonly variable: string;
  readonly about: string;
  /** What may be written, such as `duration` or `auto | legacy | free`. */
  readonly type: string;
  /** The built-in value as it would be written; undefined where there is none. */
  readonly preset: string | undefined;
}

/** Stands for the directories that depend on user and profile. */
const PLACES = {
  state: '$XDG_STATE_HOME/msg/PROFILE',
  keys: '$XDG_DATA_HOME/msg/PROFILE/keys',
};

/** Every setting, in the table's order. */
export const SETTING_ENTRIES: readonly SettingEntry[] = SETTING_KEYS.map((key) => {
  const { about, type, preset } = settingOf(key);
  return {
    ...{ key, flag: flagOf(key), variable: variableOf(key), about },
    ...{ type: type.name, preset: preset?.(PLACES) },
  };
});
