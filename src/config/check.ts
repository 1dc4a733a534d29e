import { nearest } from '../domain/nearest.js';
import { MsgError } from '../errors.js';
import {
  describeOrigin,
  type Resolved,
  resolveSetting,
  type Settings,
  type SettingSources,
} from './resolve.js';
import {
  isSettingKey,
  SETTING_KEYS,
  type SettingKey,
  type SettingValue,
  variableOf,
} from './settings.js';
import { OTHER_VARIABLES } from './variables.js';

/** Something about a configuration that is wrong, or probably not meant. */
export interface Problem {
  readonly level: 'error' | 'warning';
  /** The setting or environment variable. */
  readonly key: string;
  readonly message: string;
  readonly hint?: string;
}

/**
 * Everything that can be said about a configuration without a network: unknown names, values that
 * are wrong, settings that need each other.
 */
export function checkConfiguration(sources: SettingSources): readonly Problem[] {
  const wrong = SETTING_KEYS.flatMap((key) => valueProblems(key, sources));
  return [
    ...unknownNames(sources),
    ...wrong,
    ...(wrong.length === 0 ? RULES.flatMap((rule) => rule(readerOf(sources)) ?? []) : []),
  ];
}

function unknownNames({ profile, env }: SettingSources): readonly Problem[] {
  const variables = [...SETTING_KEYS.map(variableOf), ...Object.keys(OTHER_VARIABLES)];
  const fields = [...profile.fields.keys()].filter((key) => !isSettingKey(key));
  const names = Object.keys(env).filter((name) => /^MSG_/.test(name) && !variables.includes(name));
  return [
    ...fields.map((key) =>
      unknown('error', key, `no such setting (in profile ${profile.name})`, SETTING_KEYS),
    ),
    ...names.map((name) => unknown('warning', name, 'no such environment variable', variables)),
  ];
}

function unknown(
  level: Problem['level'],
  key: string,
  message: string,
  candidates: readonly string[],
): Problem {
  const match = nearest(key, candidates);
  return { level, key, message, ...(match === undefined ? {} : { hint: `did you mean ${match}` }) };
}

function valueProblems(key: SettingKey, sources: SettingSources): readonly Problem[] {
  try {
    resolveSetting(key, sources);
    return [];
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return [{ level: 'error', key, message: error.message, ...hint }];
  }
}

type Reader = <K extends SettingKey>(key: K) => Resolved<SettingValue<K> | undefined>;

function readerOf(sources: SettingSources): Reader {
  return (key) => resolveSetting(key, sources);
}

/** Settings that need or contradict each other; each rule is asked once all values are right. */
const RULES: readonly ((read: Reader) => Problem | undefined)[] = [
  (read) => needs(read, 'peer', 'it is who messages are from'),
  (read) => needs(read, 'transport', 'nothing can be sent or received without it'),
  (read) => together(read, 'transport.cert', 'transport.key'),
  (read) => together(read, 'transport.key', 'transport.cert'),
  (read) => together(read, 'transport.sasl', 'transport.username'),
  (read) => together(read, 'transport.sasl', 'transport.password'),
  (read) => together(read, 'transport.username', 'transport.sasl'),
  (read) => together(read, 'transport.password', 'transport.sasl'),
  (read) => together(read, 'est.cert', 'est.key'),
  (read) => together(read, 'est.key', 'est.cert'),
  (read) => together(read, 'est.username', 'est.url'),
  (read) => together(read, 'directory', 'chain.url'),
  (read) => together(read, 'chain.url', 'directory'),
  (read) => {
    const transport = read('transport').value;
    if (read('transport.sasl').value === undefined || transport?.kind !== 'kafka') return undefined;
    if (transport.tls) return undefined;
    const message = 'the password goes to the brokers without TLS';
    return {
      level: 'warning',
      key: 'transport',
      message,
      hint: 'write kafkas:// where the brokers speak TLS',
    };
  },
  (read) => {
    const transport = read('transport').value;
    if (read('transport.ca').value === undefined || transport === undefined) return undefined;
    if (transport.kind === 'kafka' && transport.tls) return undefined;
    const message = 'transport.ca has no effect: the transport does not use TLS';
    const hint = 'write kafkas:// where the brokers speak TLS';
    return { level: 'warning', key: 'transport.ca', message, hint };
  },
  (read) => {
    if (read('chain.auth').value === undefined) return undefined;
    const plain = read('chain.url').value?.find((url) => url.startsWith('http:') && !isLocal(url));
    if (plain === undefined) return undefined;
    return {
      level: 'warning',
      key: 'chain.url',
      message: 'credentials go to the chain without TLS',
    };
  },
  (read) => {
    const [age, stale] = [read('book.max-age').value ?? 0, read('book.max-stale').value ?? 0];
    if (age <= stale) return undefined;
    return {
      level: 'error',
      key: 'book.max-stale',
      message: 'book.max-stale is less than book.max-age',
    };
  },
];

function isLocal(url: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

function needs(read: Reader, key: SettingKey, why: string): Problem | undefined {
  if (read(key).value !== undefined) return undefined;
  return { level: 'error', key, message: `${key} is not set: ${why}` };
}

function together(read: Reader, key: SettingKey, other: SettingKey): Problem | undefined {
  const { value, origin } = read(key);
  if (value === undefined || read(other).value !== undefined) return undefined;
  const message = `${key} is set (${describeOrigin(origin)}), but ${other} is not`;
  return { level: 'error', key: other, message };
}

/** The settings of a resolved configuration in the form that `msg profile show` prints. */
export function describeSettings(settings: Settings): readonly {
  readonly key: SettingKey;
  readonly value: string | undefined;
  readonly origin: string;
}[] {
  return SETTING_KEYS.map((key) => {
    const { shown, origin } = settings[key];
    return { key, value: shown, origin: describeOrigin(origin) };
  });
}
