import { createDecipheriv } from 'node:crypto';
import { oidToDotted } from '../asn1/object-identifier.js';
import { Asn1Error, contentOf, type Asn1Reader } from '../asn1/reader.js';
import { TAG, oidOf, smallInteger } from '../asn1/values.js';
import { PBES2, WrongPassphrase, decryptPbes2 } from './pbes2.js';

/** The hash functions of PKCS#12's own key derivation. */
export type Pkcs12Hash = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** What a derived key is for: the diversifier of RFC 7292, appendix B.3. */
export const PURPOSE_OF_KEY = { encryption: 1, iv: 2, mac: 3 } as const;

/** Iterations that a file may ask for: a second or two. */
const MAX_ITERATIONS = 1_000_000;

/** pbeWith... (RFC 7292, appendix C). RC4 is missing on purpose. */
const LEGACY: Readonly<Record<string, { cipher: '3des' | 'rc2'; keyLength: number }>> = {
  '2a864886f70d010c0103': { cipher: '3des', keyLength: 24 },
  '2a864886f70d010c0104': { cipher: '3des', keyLength: 16 },
  '2a864886f70d010c0105': { cipher: 'rc2', keyLength: 16 },
  '2a864886f70d010c0106': { cipher: 'rc2', keyLength: 5 },
};

/** What to derive a key with. */
export interface Pkcs12Derivation {
  /** `undefined` is the password of zero bytes; the empty text is one of two (its terminator). */
  readonly password: string | undefined;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly hash: Pkcs12Hash;
  readonly purpose: (typeof PURPOSE_OF_KEY)[keyof typeof PURPOSE_OF_KEY];
  /** Bytes. */
  readonly length: number;
}

/** The key derivation of RFC 7292, appendix B.2. */
export async function derivePkcs12(options: Pkcs12Derivation): Promise<Buffer> {
  const { iterations, password, salt, purpose, length, hash } = options;
  if (iterations < 1 || iterations > MAX_ITERATIONS) {
    throw new Asn1Error(`a PKCS#12 iteration count out of bounds (${iterations})`);
  }
  const { default: forge } = await import('node-forge');
  const salted = forge.util.createBuffer(Buffer.from(salt).toString('latin1'));
  const digest = forge.md[hash].create();
  const key = forge.pkcs12.generateKey(password, salted, purpose, iterations, length, digest);
  return Buffer.from(key.getBytes(), 'latin1');
}

/**
 * Decrypts by the scheme that an AlgorithmIdentifier names: PBES2, or one of PKCS#12's own.
 *
 * @param algorithm stands inside the AlgorithmIdentifier.
 * @throws WrongPassphrase, or Asn1Error for a scheme that is not supported, naming it.
 */
export async function decryptByPassword(
  algorithm: Asn1Reader,
  ciphertext: Uint8Array,
  password: string | undefined,
): Promise<Buffer> {
  const id = oidOf(algorithm.take());
  if (id === PBES2) return decryptPbes2(algorithm, ciphertext, password ?? '');
  const scheme = LEGACY[id];
  if (scheme === undefined) throw new UnsupportedCipher(id);
  const parameters = algorithm.enter(TAG.sequence);
  const salt = contentOf(parameters.take(TAG.octetString));
  const iterations = smallInteger(parameters.take(TAG.integer));
  const shared = { password, salt, iterations, hash: 'sha1' } as const;
  const [key, iv] = await Promise.all([
    derivePkcs12({ ...shared, purpose: PURPOSE_OF_KEY.encryption, length: scheme.keyLength }),
    derivePkcs12({ ...shared, purpose: PURPOSE_OF_KEY.iv, length: 8 }),
  ]);
  return scheme.cipher === '3des'
    ? decryptTripleDes(key, iv, ciphertext)
    : decryptRc2(key, iv, ciphertext);
}

/** Thrown for an encryption scheme that msg does not know; the caller says what to do. */
export class UnsupportedCipher extends Asn1Error {
  constructor(oidHex: string) {
    super(`unsupported encryption scheme ${oidToDotted(oidHex)}`);
  }
}

function decryptTripleDes(key: Buffer, iv: Buffer, ciphertext: Uint8Array): Buffer {
  const three = key.length === 24 ? key : Buffer.concat([key, key.subarray(0, 8)]);
  const decipher = createDecipheriv('des-ede3-cbc', three, iv);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new WrongPassphrase('decryption failed');
  }
}

/** node:crypto has no RC2: OpenSSL 3 keeps it in a provider that is not loaded. */
async function decryptRc2(key: Buffer, iv: Buffer, ciphertext: Uint8Array): Promise<Buffer> {
  const { default: forge } = await import('node-forge');
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(Buffer.from(ciphertext).toString('latin1')));
  if (!cipher.finish()) throw new WrongPassphrase('decryption failed');
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}
