import { closeSync, fstatSync, openSync } from 'node:fs';
import type { AccountAddress } from '../config/addresses.js';
import type { Problem } from '../config/check.js';
import { resolveSetting, type SettingSources } from '../config/resolve.js';
import type { SecretReference } from '../config/secret.js';
import type { SettingKey, SettingValue } from '../config/settings.js';
import { MsgError } from '../errors.js';
import { openToOthers } from '../files/open-to-others.js';
import { parseAddress } from '../registry/address.js';
import { readAnchors, readRevocationLists } from '../session/trust-files.js';

/** What is looked at on this machine for one setting: throws a MsgError that says what is wrong. */
type Look = (sources: SettingSources) => void;

/**
 * What is wrong with the files that settings name, and with what they say of addresses, beyond what
 * the settings' table has found. Nothing is decrypted, and no command for a secret is run.
 */
export function fileProblems(
  sources: SettingSources,
  found: readonly Problem[],
): readonly Problem[] {
  return LOOKS.flatMap(([key, look]) => {
    if (found.some((problem) => problem.key === key && problem.level === 'error')) return [];
    try {
      look(sources);
      return [];
    } catch (error) {
      if (!(error instanceof MsgError)) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      return [{ level: levelOf(key), key, message: error.message, ...hint }];
    }
  });
}

/** A password for enrolment is needed once, and often gone by the time somebody looks. */
function levelOf(key: SettingKey): Problem['level'] {
  return key.startsWith('est.') ? 'warning' : 'error';
}

const FILES = [
  ...(['transport.ca', 'transport.cert', 'transport.key', 'chain.ca'] as const),
  ...(['est.cert', 'est.key', 'forward.ca'] as const),
] as const;

const SECRETS = [
  ...(['transport.password', 'transport.key-passphrase', 'chain.auth'] as const),
  ...(['account.passphrase', 'key.passphrase', 'forward.auth'] as const),
  ...(['est.password', 'est.key-passphrase'] as const),
] as const;

const LOOKS: readonly (readonly [SettingKey, Look])[] = [
  look('directory', parseAddress),
  look('trust.anchors', readAnchors),
  look('trust.crls', readRevocationLists),
  ...FILES.map((key) => look(key, lookAt)),
  look('est.ca', (path) => path === 'system' || lookAt(path)),
  look('account', lookAtAccount),
  ...SECRETS.map((key) => look(key, lookAtSecret)),
];

function look<K extends SettingKey>(
  key: K,
  lookAtValue: (value: NonNullable<SettingValue<K>>) => unknown,
): readonly [SettingKey, Look] {
  return [
    key,
    (sources) => {
      const { value } = resolveSetting(key, sources);
      if (value !== undefined && value !== null) lookAtValue(value);
    },
  ];
}

function lookAtAccount(account: AccountAddress): void {
  if (account.kind === 'keystore') lookAt(account.path, 'make one with "msg account create"');
  if (account.kind === 'external') parseAddress(account.address);
  if (account.kind === 'key') lookAtSecret(account.secret);
}

function lookAtSecret(reference: SecretReference | 'none'): void {
  if (reference === 'none' || reference.kind !== 'file') return;
  const mode = lookAt(reference.path);
  if (mode === undefined) return;
  throw new MsgError('config', `${reference.path} has mode ${mode}, so others can get at it`, {
    hint: `run: chmod 600 ${reference.path}`,
  });
}

/** @returns the file's mode when others can get at it. */
function lookAt(path: string, hint = 'check the path and who may read it'): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return openToOthers(fstatSync(file));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    const reason = code === 'ENOENT' ? `${path} does not exist` : `cannot read ${path} (${code})`;
    throw new MsgError('config', reason, { hint, cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
