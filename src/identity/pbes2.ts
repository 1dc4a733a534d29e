import { createCipheriv, createDecipheriv, pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { RandomSource } from '../domain/environment.js';
import { oidToDotted } from '../asn1/object-identifier.js';
import { Asn1Error, contentOf, type Asn1Reader, type Element } from '../asn1/reader.js';
import { TAG, oidOf, smallInteger } from '../asn1/values.js';
import { integer, octetString, oid, sequence, tlv } from '../asn1/writer.js';

/*
 * PBES2 (RFC 8018, section 6.2) with scrypt (RFC 7914, section 7) or PBKDF2. node:crypto can export
 * keys with PBKDF2 only, and reads any cost that a file asks for.
 */

/** id-PBES2, contents in hexadecimal. */
export const PBES2 = '2a864886f70d01050d';

const PBKDF2 = '2a864886f70d01050c';
const SCRYPT = '2b06010401da47040b';
const HMAC_SHA1 = '2a864886f70d0207';
const HMAC_SHA256 = '2a864886f70d0209';

const PRFS: Readonly<Record<string, string>> = {
  [HMAC_SHA1]: 'sha1',
  '2a864886f70d0208': 'sha224',
  [HMAC_SHA256]: 'sha256',
  '2a864886f70d020a': 'sha384',
  '2a864886f70d020b': 'sha512',
};

const AES_256_CBC = '60864801650304012a';

const CIPHERS: Readonly<Record<string, { name: string; keyLength: number; ivLength: number }>> = {
  '608648016503040102': { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
  '608648016503040116': { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
  [AES_256_CBC]: { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
  '2a864886f70d0307': { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 },
};

/**
 * What msg writes, about 0.2 s each. OpenSSL refuses scrypt over 32 MiB, which N=2^15 with the usual
 * r=8 just exceeds; with r=7 it takes 28 MiB (docs/adr/0004-key-files.md).
 */
const SCRYPT_COST = { N: 1 << 15, r: 7, p: 3 } as const;
const PBKDF2_ITERATIONS = 600_000;

/** What a file may ask of the reader: bytes of memory for scrypt, units of work for both. */
const MAX_SCRYPT_MEMORY = 256 * 1024 * 1024;
const MAX_SCRYPT_WORK = 2 ** 24;
const MAX_ITERATIONS = 10_000_000;

/** Thrown when decrypting gave nonsense: the passphrase is wrong, or the file is damaged. */
export class WrongPassphrase extends Error {
  override readonly name = 'WrongPassphrase';
}

type KeyDerivation = (passphrase: string, length: number) => Promise<Buffer>;

const derivePbkdf2 = promisify(pbkdf2);

/** An AlgorithmIdentifier (DER) and what was encrypted by it. */
export interface Encrypted {
  readonly algorithm: Buffer;
  readonly ciphertext: Buffer;
}

/** Encrypts with AES-256-CBC under a passphrase; PBKDF2 where readers without scrypt are to be served. */
export async function encryptPbes2(
  plaintext: Uint8Array,
  passphrase: string,
  options: { random: RandomSource; derivation: 'scrypt' | 'pbkdf2' },
): Promise<Encrypted> {
  const [salt, iv] = [options.random(16), options.random(16)];
  const { algorithm, derive } = options.derivation === 'scrypt' ? ownScrypt(salt) : ownPbkdf2(salt);
  const cipher = createCipheriv('aes-256-cbc', await derive(passphrase, 32), iv);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const scheme = sequence(oid(AES_256_CBC), octetString(iv));
  return { algorithm: sequence(oid(PBES2), sequence(algorithm, scheme)), ciphertext };
}

function ownScrypt(salt: Uint8Array): { algorithm: Buffer; derive: KeyDerivation } {
  const { N, r, p } = SCRYPT_COST;
  const parameters = sequence(octetString(salt), integer(N), integer(r), integer(p));
  return { algorithm: sequence(oid(SCRYPT), parameters), derive: scryptWith(salt, SCRYPT_COST) };
}

function ownPbkdf2(salt: Uint8Array): { algorithm: Buffer; derive: KeyDerivation } {
  const prf = sequence(oid(HMAC_SHA256), tlv(TAG.null));
  const parameters = sequence(octetString(salt), integer(PBKDF2_ITERATIONS), prf);
  const derive: KeyDerivation = (passphrase, length) =>
    derivePbkdf2(passphrase, salt, PBKDF2_ITERATIONS, length, 'sha256');
  return { algorithm: sequence(oid(PBKDF2), parameters), derive };
}

/**
 * Decrypts what PBES2 has encrypted.
 *
 * @param parameters stands before PBES2-params.
 * @throws WrongPassphrase, or Asn1Error for algorithms and costs that are not accepted.
 */
export async function decryptPbes2(
  parameters: Asn1Reader,
  ciphertext: Uint8Array,
  passphrase: string,
): Promise<Buffer> {
  const fields = parameters.enter(TAG.sequence);
  const derive = readDerivation(fields.enter(TAG.sequence));
  const { name, keyLength, iv } = readScheme(fields.enter(TAG.sequence));
  fields.finish();
  const decipher = createDecipheriv(name, await derive(passphrase, keyLength), iv);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new WrongPassphrase('decryption failed');
  }
}

function readScheme(scheme: Asn1Reader): { name: string; keyLength: number; iv: Uint8Array } {
  const id = oidOf(scheme.take());
  const cipher = CIPHERS[id];
  if (cipher === undefined) throw new Asn1Error(`unsupported PBES2 cipher ${oidToDotted(id)}`);
  const iv = contentOf(scheme.take(TAG.octetString));
  if (iv.length !== cipher.ivLength) throw new Asn1Error('an initialisation vector of bad length');
  return { ...cipher, iv };
}

function readDerivation(algorithm: Asn1Reader): KeyDerivation {
  const id = oidOf(algorithm.take());
  const parameters = algorithm.enter(TAG.sequence);
  const salt = contentOf(parameters.take(TAG.octetString));
  if (id === SCRYPT) return readScrypt(salt, parameters);
  if (id === PBKDF2) return readPbkdf2(salt, parameters);
  throw new Asn1Error(`unsupported key derivation ${oidToDotted(id)}`);
}

function readScrypt(salt: Uint8Array, parameters: Asn1Reader): KeyDerivation {
  const [N, r, p] = [0, 1, 2].map(() => smallInteger(parameters.take(TAG.integer)));
  const length = parameters.takeOptional(TAG.integer);
  parameters.finish();
  return checkLength(length, scryptWith(salt, { N: N ?? 0, r: r ?? 0, p: p ?? 0 }));
}

function scryptWith(salt: Uint8Array, cost: { N: number; r: number; p: number }): KeyDerivation {
  const { N, r, p } = cost;
  const memory = 128 * r * (N + p + 2);
  const isPower = N > 1 && Number.isInteger(Math.log2(N));
  const isSane = isPower && r > 0 && p > 0 && memory <= MAX_SCRYPT_MEMORY;
  if (!isSane || N * r * p > MAX_SCRYPT_WORK) {
    throw new Asn1Error(`scrypt parameters out of bounds (N=${N}, r=${r}, p=${p})`);
  }
  return (passphrase, length) =>
    new Promise((resolve, reject) => {
      scrypt(passphrase, salt, length, { ...cost, maxmem: memory + 1024 * 1024 }, (error, key) => {
        if (error === null) resolve(key);
        else reject(error);
      });
    });
}

function readPbkdf2(salt: Uint8Array, parameters: Asn1Reader): KeyDerivation {
  const iterations = smallInteger(parameters.take(TAG.integer));
  if (iterations < 1 || iterations > MAX_ITERATIONS) {
    throw new Asn1Error(`a PBKDF2 iteration count out of bounds (${iterations})`);
  }
  const length = parameters.takeOptional(TAG.integer);
  const prf = parameters.done ? HMAC_SHA1 : oidOf(parameters.enter(TAG.sequence).take());
  const hash = PRFS[prf];
  if (hash === undefined) throw new Asn1Error(`unsupported PBKDF2 function ${oidToDotted(prf)}`);
  return checkLength(length, (passphrase, bytes) =>
    derivePbkdf2(passphrase, salt, iterations, bytes, hash),
  );
}

/** The optional keyLength has to be what the cipher needs. */
function checkLength(stated: Element | undefined, derive: KeyDerivation): KeyDerivation {
  if (stated === undefined) return derive;
  const expected = smallInteger(stated);
  return (passphrase, length) => {
    if (length !== expected) throw new Asn1Error('a key length that does not fit the cipher');
    return derive(passphrase, length);
  };
}
