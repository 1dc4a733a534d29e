import { parsePeerName } from '../domain/peer-name.js';
import {
  accountAddress,
  chainId,
  confirmations,
  contractAddress,
  estAddress,
  httpUrls,
  transportAddress,
} from './addresses.js';
import type { ProfileDirectories } from './directories.js';
import {
  byteSize,
  choice,
  count,
  duration,
  path,
  pathOr,
  paths,
  secret,
  secretOrNone,
  text,
  type ValueType,
} from './value-type.js';

/** One setting of a profile. */
export interface Setting<T> {
  /** What it is, for help and documentation. */
  readonly about: string;
  readonly type: ValueType<T>;
  /** The built-in value, as it would be written. */
  readonly preset?: (directories: ProfileDirectories) => string;
}

type PresetSetting<T> = Setting<T> & Required<Pick<Setting<T>, 'preset'>>;

function optional<T>(type: ValueType<T>, about: string): Setting<T> {
  return { about, type };
}

function preset<T>(type: ValueType<T>, value: string, about: string): PresetSetting<T> {
  return { about, type, preset: () => value };
}

const topic = text(
  'topic',
  /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/,
  'a topic has 1 to 249 letters, digits, dots, hyphens and underscores',
);
const anything = text('text', /\S/);

/**
 * Every setting, once. A setting's environment variable and flag follow from its name
 * ({@link variableOf}, {@link flagOf}).
 */
export const SETTINGS = {
  peer: optional({ name: 'name', parse: parsePeerName }, "one's own name in the directory"),
  transport: optional(transportAddress, 'what carries the messages'),
  'transport.ca': optional(
    path,
    "certificate authorities of the brokers, PEM; the system's where absent",
  ),
  'transport.cert': optional(path, 'client certificate for the brokers, PEM'),
  'transport.key': optional(path, 'private key of the client certificate, PEM'),
  'transport.key-passphrase': preset(
    secretOrNone,
    'none',
    'passphrase of the private key of the client certificate',
  ),
  'transport.sasl': optional(
    choice(['plain', 'scram-sha-256', 'scram-sha-512']),
    'how to log in at the brokers',
  ),
  'transport.username': optional(anything, 'user name at the brokers'),
  'transport.password': optional(secret, 'password at the brokers'),
  'transport.principal': preset(
    text(
      'principal',
      /^[A-Za-z]+:(?!.*\{name\}.*\{name\})\S*\{name\}.*$/,
      'write the type, a colon and {name} once, such as User:{name} or User:CN={name},O=Members',
    ),
    'User:{name}',
    'how the brokers call a peer, for msg inbox sync-grants',
  ),
  'transport.topic': preset(
    text(
      'topic with {name}',
      /^[A-Za-z0-9._-]{0,180}\{name\}[A-Za-z0-9._-]{0,180}$/,
      'write {name} once, among letters, digits, dots, hyphens and underscores',
    ),
    'msg.in.{name}',
    "how a peer's inbox is called, for msg inbox sync-grants",
  ),
  'transport.give-up-after': preset(
    duration,
    '15m',
    'for how long listen waits for brokers that do not answer',
  ),
  'chain.url': optional(httpUrls, 'JSON-RPC endpoints of the chain, in the order to be tried'),
  'chain.id': optional(chainId, "the chain's id, compared with what the endpoint says"),
  'chain.ca': optional(
    path,
    "certificate authorities of the endpoints, PEM; the system's where absent",
  ),
  'chain.auth': optional(
    secret,
    'credentials for the endpoints: the value of the Authorization header',
  ),
  'chain.confirmations': preset(
    confirmations,
    '1',
    'how deep a block has to be before it counts, or finalized',
  ),
  'chain.max-block-age': optional(
    duration,
    'how old the newest block may be before the node counts as standing still',
  ),
  'chain.fees': preset(
    choice(['auto', 'legacy', 'free']),
    'auto',
    'how transactions pay; free for chains without gas price',
  ),
  directory: optional(contractAddress, 'address of the directory contract'),
  account: optional(accountAddress, 'who signs transactions'),
  'account.passphrase': preset(secret, 'prompt', "passphrase of the account's key store"),
  keys: {
    about: "directory of one's own keys and certificates",
    type: path,
    preset: (directories: ProfileDirectories) => directories.keys,
  },
  'key.passphrase': preset(secretOrNone, 'prompt', 'passphrase of the private keys'),
  'trust.anchors': optional(
    paths,
    'certificates that every chain of trust must end in, files or directories',
  ),
  'trust.naming': preset(
    anything,
    'uri:msg://{name}',
    "where a certificate carries its peer's name",
  ),
  'trust.peers': optional(path, 'what holds for single peers: anchors, naming, revocation; JSON'),
  'trust.crls': optional(paths, 'certificate revocation lists, files or directories'),
  'trust.revocation': preset(
    choice(['require', 'if-published', 'if-available', 'off']),
    'require',
    'which certificates need a current revocation list',
  ),
  'trust.crl-fetch': preset(
    choice(['on', 'off']),
    'on',
    'whether revocation lists are fetched from where certificates say',
  ),
  'trust.crl-max-age': preset(
    duration,
    '1h',
    'how old a fetched revocation list may be before it is asked for again',
  ),
  'trust.crl-timeout': preset(duration, '10s', 'how long fetching a revocation list may take'),
  'est.url': optional(estAddress, "the certificate authority's EST service (RFC 7030)"),
  'est.ca': optional(
    pathOr('system'),
    "certificate authorities of the EST server, PEM; system for Node's own; asked for once where absent",
  ),
  'est.username': optional(anything, 'user name at the EST server'),
  'est.password': preset(secret, 'prompt', 'password at the EST server'),
  'est.cert': optional(path, 'client certificate for the first enrolment, PEM'),
  'est.key': optional(path, 'private key of that client certificate, PEM'),
  'est.key-passphrase': preset(secret, 'prompt', 'passphrase of that private key, if it has one'),
  'book.max-age': preset(
    duration,
    '60s',
    'how old the address book may be before the chain is asked',
  ),
  'book.max-stale': preset(
    duration,
    '24h',
    'how old the address book may be while the chain does not answer',
  ),
  inbox: optional(topic, "topic of one's own inbox; msg.in.PEER where absent"),
  'forward.auth': optional(
    secret,
    'credentials for listen --forward-to: the value of the Authorization header',
  ),
  'forward.ca': optional(
    path,
    "certificate authorities of the server for listen --forward-to, PEM; the system's where absent",
  ),
  'limits.message': preset(byteSize, '64MiB', 'largest message taken in, as it is sealed'),
  'limits.quarantine': preset(
    byteSize,
    '256MiB',
    'how much the quarantine keeps of records that nobody verified',
  ),
  'limits.file': preset(byteSize, '100GiB', 'largest payload taken in that comes in chunks'),
  'limits.pending-files': preset(
    count,
    '32',
    'how many payloads of one sender may be incomplete at the same time',
  ),
  'limits.pending-bytes': preset(
    byteSize,
    '200GiB',
    'how large the incomplete payloads of one sender may be together',
  ),
  'limits.pending-for': preset(
    duration,
    '7d',
    'for how long an incomplete payload waits for its next chunk',
  ),
  'files.resend-after': preset(
    duration,
    '2d',
    'when a payload sent in chunks, and not confirmed, is sent again',
  ),
  'files.keep-for': preset(
    duration,
    '14d',
    'for how long a payload sent in chunks is kept to be sent again, until it is confirmed',
  ),
} as const satisfies Record<string, Setting<unknown>>;

type Table = typeof SETTINGS;

/** The name of a setting. */
export type SettingKey = keyof Table;

/** What a setting's text is parsed to. */
export type SettingValue<K extends SettingKey> = Table[K] extends Setting<infer T> ? T : never;

/** What each setting's value is; undefined where it has no built-in one and was not set. */
export type SettingValues = {
  readonly [K in SettingKey]: Table[K] extends { readonly preset: unknown }
    ? SettingValue<K>
    : SettingValue<K> | undefined;
};

/** The names of all settings, in the order they are shown. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS).filter(isSettingKey);

/** Whether there is a setting of that name. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** A setting's definition, whatever its type. */
export function settingOf<K extends SettingKey>(key: K): Setting<SettingValue<K>> {
  const table: { readonly [P in SettingKey]: Setting<SettingValue<P>> } = SETTINGS;
  return table[key];
}

/** The environment variable of a setting: `chain.url` is MSG_CHAIN_URL. */
export function variableOf(key: SettingKey): string {
  return `MSG_${key.toUpperCase().replaceAll(/[.-]/g, '_')}`;
}

/** The flag of a setting: `chain.url` is `--chain-url`. */
export function flagOf(key: SettingKey): string {
  return `--${key.replaceAll('.', '-')}`;
}
