import type { Settings } from './resolve.js';
import type { SecretReference } from './secret.js';
import { SETTING_KEYS, settingOf, variableOf } from './settings.js';

/**
 * The environment variables that hold secrets or say where they are: those of confidential settings,
 * and whatever the settings refer to with `env:NAME`. None of them is a handler's business.
 */
export function secretVariables(settings: Settings): readonly string[] {
  return SETTING_KEYS.filter((key) => settingOf(key).type.confidential === true).flatMap((key) => [
    variableOf(key),
    ...referredBy(settings[key].value),
  ]);
}

function referredBy(value: unknown): readonly string[] {
  if (!isObject(value)) return [];
  if (isEnvReference(value)) return [value.name];
  return Object.values(value).flatMap(referredBy);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isEnvReference(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & (SecretReference & { readonly kind: 'env' }) {
  return value['kind'] === 'env' && typeof value['name'] === 'string';
}
