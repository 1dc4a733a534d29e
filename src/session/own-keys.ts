import type { Fingerprint } from '../domain/fingerprint.js';
import { keyStatus } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import type { OwnKey } from '../envelope/types.js';
import type { Clock } from '../domain/environment.js';
import type { SigningKey } from '../messaging/deps.js';
import { reloading, type Reloading } from './stamp.js';

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

/** One's own keys, wherever they are kept. */
export interface KeyRing {
  /** The pair that was chosen to sign. */
  signing(): Promise<SigningKey>;
  /** Another pair that may sign, by its certificate. */
  former(certificate: Fingerprint): Promise<SigningKey | undefined>;
  /** Every pair that may open what comes in; with `look` it is looked first whether there are more. */
  opening(options?: { readonly look?: boolean }): Promise<readonly OwnKey[]>;
}

/**
 * The keys of a key store as a long-running process has them: loaded when they are first asked for, and again
 * when the store has changed. What cannot be loaded again stays as it was.
 */
export class OwnKeys implements KeyRing {
  readonly #sources: OwnKeySources;
  readonly #clock: Clock;
  readonly #warn: (sentence: string) => void;
  readonly #loaded = new Map<string, Reloading<Promise<unknown>>>();

  constructor(
    options: OwnKeySources & {
      readonly clock: Clock;
      readonly warn: (sentence: string) => void;
    },
  ) {
    this.#sources = options;
    this.#clock = options.clock;
    this.#warn = options.warn;
  }

  signing(): Promise<SigningKey> {
    return this.#follow('signing', () => loadSigningKey(this.#sources)).current();
  }

  former(certificate: Fingerprint): Promise<SigningKey | undefined> {
    return this.#follow(certificate, () => loadKeyOf(certificate, this.#sources)).current();
  }

  opening({ look = false } = {}): Promise<readonly OwnKey[]> {
    const keys = this.#follow('opening', () => loadOpeningKeys(this.#sources));
    return look ? keys.look() : keys.current();
  }

  #follow<T>(name: string, load: () => Promise<T>): Reloading<Promise<T>> {
    const known = this.#loaded.get(name);
    // What lies under a name was made by that name's loader.
    if (known !== undefined) return known as Reloading<Promise<T>>;
    let loaded: { readonly keys: T } | undefined;
    const make = async (): Promise<T> => {
      try {
        loaded = { keys: await load() };
      } catch (error) {
        if (loaded === undefined) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        this.#warn(`the keys stay as they were: ${reason}`);
      }
      return loaded.keys;
    };
    const paths = [this.#sources.directory];
    const following = reloading({ paths, make, clock: this.#clock, onFailure: () => undefined });
    this.#loaded.set(name, following);
    return following;
  }
}
