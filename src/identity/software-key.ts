import {
  constants,
  createECDH,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  sign,
  type ECDH,
  type KeyObject,
} from 'node:crypto';
import type { KeyKind, KeyOperations, SignatureHash } from '../domain/key-operations.js';
import { MsgError } from '../errors.js';

/** The kinds of key that msg generates; RSA with the length of its modulus in bits. */
export const KEY_TYPES = ['p256', 'p384', 'rsa2048', 'rsa3072', 'rsa4096'] as const;

/** A kind of key to generate. */
export type KeyType = (typeof KEY_TYPES)[number];

const CURVES = {
  p256: { name: 'prime256v1', pointLength: 65, scalarLength: 32 },
  p384: { name: 'secp384r1', pointLength: 97, scalarLength: 48 },
} as const;

/** RSA keys outside these lengths are refused: too weak, or there to waste the reader's time. */
const RSA_BITS = { least: 2048, most: 8192 } as const;

/** A private key in this process's memory. */
export interface SoftwareKey extends KeyOperations {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly privateKey: KeyObject;
}

/** Generates a key pair with the operating system's randomness. */
export function generateKey(type: KeyType = 'p256'): SoftwareKey {
  return softwareKey(generatePrivateKey(type));
}

function generatePrivateKey(type: KeyType): KeyObject {
  if (type === 'p256' || type === 'p384') {
    return generateKeyPairSync('ec', { namedCurve: CURVES[type].name }).privateKey;
  }
  return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(3)) }).privateKey;
}

/**
 * Stands behind the envelope with a private key that node:crypto holds.
 *
 * @throws MsgError `key-refused` for keys outside the message profile (P-256, P-384, RSA 2048 to 8192).
 */
export function softwareKey(privateKey: KeyObject): SoftwareKey {
  const kind = kindOf(privateKey);
  return kind === 'rsa' ? new RsaKey(privateKey) : new EcKey(kind, privateKey);
}

function kindOf(key: KeyObject): KeyKind {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') {
    if (namedCurve === CURVES.p256.name) return 'p256';
    if (namedCurve === CURVES.p384.name) return 'p384';
    throw refused(`an EC key on the curve ${namedCurve ?? 'unknown'}`);
  }
  if (key.asymmetricKeyType !== 'rsa')
    throw refused(`a key of type ${String(key.asymmetricKeyType)}`);
  const bits = modulusLength ?? 0;
  if (bits < RSA_BITS.least || bits > RSA_BITS.most) throw refused(`an RSA key of ${bits} bits`);
  return 'rsa';
}

/** The kind of key to generate that comes closest to this one. */
export function keyTypeOf({ kind, privateKey }: SoftwareKey): KeyType {
  if (kind !== 'rsa') return kind;
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return bits <= 2048 ? 'rsa2048' : bits <= 3072 ? 'rsa3072' : 'rsa4096';
}

function refused(what: string): MsgError {
  return new MsgError('key-refused', `${what} cannot be used for messages`, {
    hint: 'use P-256, P-384 or RSA with 2048 to 8192 bits',
  });
}

abstract class InMemoryKey {
  readonly privateKey: KeyObject;
  #spki: Buffer | undefined;

  constructor(privateKey: KeyObject) {
    this.privateKey = privateKey;
  }

  get spki(): Buffer {
    return (this.#spki ??= createPublicKey(this.privateKey).export({
      format: 'der',
      type: 'spki',
    }));
  }

  sign(data: Uint8Array, hash: SignatureHash): Uint8Array {
    return sign(hash, data, this.privateKey);
  }
}

class EcKey extends InMemoryKey implements SoftwareKey {
  readonly kind: 'p256' | 'p384';
  #ecdh: ECDH | undefined;

  constructor(kind: 'p256' | 'p384', privateKey: KeyObject) {
    super(privateKey);
    this.kind = kind;
  }

  agree(point: Uint8Array): Uint8Array | undefined {
    const { pointLength } = CURVES[this.kind];
    if (point.length !== pointLength || point[0] !== 0x04) return undefined;
    this.#ecdh ??= this.#openEcdh();
    try {
      return this.#ecdh.computeSecret(point);
    } catch {
      return undefined;
    }
  }

  decrypt(): never {
    throw new MsgError('key-refused', `an EC key (${this.kind}) cannot decrypt, only agree`);
  }

  /** ECDH objects take half the time of key objects: no import of the peer's key, no EVP context. */
  #openEcdh(): ECDH {
    const { name, scalarLength } = CURVES[this.kind];
    const scalar = Buffer.from(this.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    const ecdh = createECDH(name);
    ecdh.setPrivateKey(Buffer.concat([Buffer.alloc(scalarLength - scalar.length), scalar]));
    return ecdh;
  }
}

class RsaKey extends InMemoryKey implements SoftwareKey {
  readonly kind = 'rsa';

  agree(): never {
    throw new MsgError('key-refused', 'an RSA key cannot agree, only decrypt');
  }

  decrypt(ciphertext: Uint8Array): Uint8Array | undefined {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    try {
      return privateDecrypt({ key: this.privateKey, padding, oaepHash: 'sha256' }, ciphertext);
    } catch {
      return undefined;
    }
  }
}
