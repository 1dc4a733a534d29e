import { verify } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.js';
import { keyUnavailable, type KeyAnswer, type KeyOperations } from '../domain/key-operations.js';
import { SIGNS_WITH } from '../envelope/algorithms.js';
import type { OwnKey } from '../envelope/types.js';
import { MsgError } from '../errors.js';
import type { SigningKey } from '../messaging/deps.js';
import type { Certificate } from '../x509/certificate.js';
import type { KeyRing } from './own-keys.js';

/** A private key that lives outside of the key store, with its certificate. */
export interface ExternalKey extends OwnKey {
  /** The issuers, nearest first, without the trust anchor. */
  readonly chain?: readonly Certificate[];
}

/** The keys an application brings along: the first signs, all open; a function is asked every time. */
export type ExternalKeys =
  readonly ExternalKey[] | (() => readonly ExternalKey[] | Promise<readonly ExternalKey[]>);

/** The length of what two EC keys agree on, in bytes. */
const SECRET_LENGTH = { p256: 32, p384: 48 } as const;

/** Keys whose operations are carried out elsewhere: by a smart card, a key service, another process. */
export class ExternalKeyRing implements KeyRing {
  readonly #keys: ExternalKeys;
  readonly #guarded = new WeakMap<KeyOperations, KeyOperations>();
  readonly #proven = new WeakSet<KeyOperations>();

  constructor(keys: ExternalKeys) {
    this.#keys = keys;
  }

  async signing(): Promise<SigningKey> {
    const [first] = await this.#all();
    if (first === undefined) {
      throw new MsgError('key-missing', 'the application has no key for this peer', {
        hint: 'give openPeer at least one in "keys"',
      });
    }
    return this.#signingKey(first);
  }

  async former(certificate: Fingerprint): Promise<SigningKey | undefined> {
    const keys = await this.#all();
    const found = keys.find((one) => one.certificate.fingerprint === certificate);
    return found === undefined ? undefined : this.#signingKey(found);
  }

  async opening(): Promise<readonly OwnKey[]> {
    return (await this.#all()).map((one) => this.#guard(one));
  }

  #all(): Promise<readonly ExternalKey[]> {
    const keys = this.#keys;
    return Promise.resolve(typeof keys === 'function' ? keys() : keys).catch((error: unknown) => {
      throw keyUnavailable(error);
    });
  }

  async #signingKey(external: ExternalKey): Promise<SigningKey> {
    const own = this.#guard(external);
    if (!this.#proven.has(own.key)) await prove(own);
    this.#proven.add(own.key);
    return { own, chain: external.chain ?? [] };
  }

  #guard({ certificate, key }: ExternalKey): OwnKey {
    if (key.kind !== certificate.keyKind) throw unfit(`it is of kind ${key.kind}`);
    const known = this.#guarded.get(key) ?? guarded(key);
    this.#guarded.set(key, known);
    return { certificate, key: known };
  }
}

/** The same key; what it fails with is a failure that passes, and its answers have the right length. */
function guarded(key: KeyOperations): KeyOperations {
  const attempt = async <T>(operation: () => T | Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      throw keyUnavailable(error);
    }
  };
  return {
    kind: key.kind,
    sign: (data, hash) => attempt(() => key.sign(data, hash)),
    agree: (point) => attempt(() => key.agree(point)).then((secret) => whole(key, secret)),
    decrypt: (ciphertext) => attempt(() => key.decrypt(ciphertext)),
  };
}

/** Some devices leave out leading zeros: once in 256 messages, which could never be opened then. */
function whole({ kind }: KeyOperations, secret: Awaited<KeyAnswer>): Awaited<KeyAnswer> {
  if (secret === undefined || kind === 'rsa' || secret.length === SECRET_LENGTH[kind])
    return secret;
  throw keyUnavailable(
    new Error(`it agreed on ${secret.length} bytes instead of ${SECRET_LENGTH[kind]}`),
  );
}

/** One signature, verified, before anything is sent that no reader would accept. */
async function prove({ certificate, key }: OwnKey): Promise<void> {
  const { hash } = SIGNS_WITH[key.kind];
  const text = Buffer.from(`msg-key-check-v1\n${certificate.fingerprint}\n`);
  const signature = await key.sign(text, hash);
  if (verify(hash, text, certificate.publicKey, signature)) return;
  throw unfit(
    'what it signs does not verify with the certificate: an ECDSA signature has to be DER',
  );
}

function unfit(reason: string): MsgError {
  return new MsgError('key-refused', `the key does not fit its certificate: ${reason}`, {
    hint: 'give each certificate with the operations of its own private key',
  });
}
