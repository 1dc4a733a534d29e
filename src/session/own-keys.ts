import type { Fingerprint } from '../domain/fingerprint.js';
import { keyStatus } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import type { OwnKey } from '../envelope/types.js';
import type { SigningKey } from '../messaging/deps.js';

/** What loading one's own keys depends on. */
export interface OwnKeySources {
  /** The key store's directory. */
  readonly directory: string;
  /** Answers with the passphrase, or undefined when there is none. */
  readonly passphrase: () => Promise<string | undefined>;
}

/**
 * Loads the pair that signs, with the issuers to send along.
 *
 * @throws MsgError `key-missing`, `key-refused` or `passphrase`.
 */
export async function loadSigningKey(sources: OwnKeySources): Promise<SigningKey> {
  const store = new KeyStore(sources.directory);
  const entry = store.current();
  const own = await store.loadCurrent(sources.passphrase, entry);
  return { own, chain: entry?.chain ?? [] };
}

/**
 * Loads a pair that may sign by its certificate: undefined where the store has none, or none that is
 * not retired.
 *
 * @throws MsgError `key-missing`, `key-refused` or `passphrase`.
 */
export async function loadKeyOf(
  certificate: Fingerprint,
  sources: OwnKeySources,
): Promise<SigningKey | undefined> {
  const store = new KeyStore(sources.directory);
  const entry = store.list().find((one) => one.certificate?.fingerprint === certificate);
  if (entry === undefined || keyStatus(entry) !== 'active') return undefined;
  const own = await store.loadCurrent(sources.passphrase, entry);
  return { own, chain: entry.chain };
}

/**
 * Loads every pair that may open messages, former ones included.
 *
 * @throws MsgError `key-missing`, `key-refused` or `passphrase`.
 */
export async function loadOpeningKeys(sources: OwnKeySources): Promise<readonly OwnKey[]> {
  const store = new KeyStore(sources.directory);
  const keys = await store.loadForOpening(sources.passphrase);
  return keys.length > 0 ? keys : [await store.loadCurrent(sources.passphrase)];
}
