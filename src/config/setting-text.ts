import { suggestion } from '../domain/nearest.js';
import { MsgError } from '../errors.js';
import {
  isSettingKey,
  SETTING_KEYS,
  settingOf,
  type SettingKey,
  type SettingValue,
} from './settings.js';
import type { PathBase } from './value-type.js';

/** A setting's text with its paths made absolute, and what it says. */
export interface SettledText<T> {
  readonly text: string;
  readonly value: T;
}

/**
 * Understands what was written for a setting.
 *
 * @param place - what relative paths refer to, and in words where the text was written
 * @throws MsgError `config` naming the setting, the value and where it came from.
 */
export function settleText<K extends SettingKey>(
  key: K,
  written: string,
  place: { readonly base: PathBase; readonly from?: string },
): SettledText<SettingValue<K>> {
  const { type } = settingOf(key);
  try {
    const text = type.settle?.(written.trim(), place.base) ?? written.trim();
    return { text, value: type.parse(text) };
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    const from = place.from === undefined ? '' : ` (from ${place.from})`;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new MsgError('config', `${key}: ${error.message}${from}`, { ...hint, cause: error });
  }
}

/**
 * Takes a setting's name from outside.
 *
 * @throws MsgError `config` with the nearest name when there is none of that name.
 */
export function parseSettingKey(text: string): SettingKey {
  if (isSettingKey(text)) return text;
  throw new MsgError('config', `no setting ${JSON.stringify(text.slice(0, 80))}`, {
    hint: suggestion(text, SETTING_KEYS, 'list the settings with: msg profile show --origin'),
  });
}
