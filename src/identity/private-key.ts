import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { RandomSource } from '../domain/environment.js';
import { Asn1Error, Asn1Reader, contentOf, readSingle } from '../asn1/reader.js';
import { isPem, readPem, writePem, type PemBlock } from '../asn1/pem.js';
import { TAG } from '../asn1/values.js';
import { octetString, sequence } from '../asn1/writer.js';
import { MsgError } from '../errors.js';
import { decryptByPassword } from './pkcs12-pbe.js';
import { WrongPassphrase, encryptPbes2 } from './pbes2.js';

/** Where a passphrase comes from: a file, a prompt, a command; `undefined` when there is none. */
export type PassphraseSource = () => Promise<string | undefined>;

/**
 * A private key as PEM: PKCS#8 (RFC 5958), with a passphrase encrypted by scrypt and AES-256-CBC.
 * OpenSSL 1.1 and newer read it.
 */
export async function encodePrivateKey(
  key: KeyObject,
  passphrase: string | undefined,
  random: RandomSource,
): Promise<string> {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  if (passphrase === undefined) return writePem('PRIVATE KEY', pkcs8);
  if (passphrase === '')
    throw new MsgError('passphrase', 'the passphrase is empty', {
      hint: 'give one that is not; without any, the key is not encrypted',
    });
  const options = { random, derivation: 'scrypt' } as const;
  const { algorithm, ciphertext } = await encryptPbes2(pkcs8, passphrase, options);
  return writePem('ENCRYPTED PRIVATE KEY', sequence(algorithm, octetString(ciphertext)));
}

/**
 * Reads a private key: PKCS#8 in PEM or DER, encrypted or not, or one of OpenSSL's older forms
 * (`EC PRIVATE KEY`, `RSA PRIVATE KEY`).
 *
 * @param name what the key is called in errors: its file.
 * @throws MsgError `passphrase` when it is missing or wrong, `key-refused` when the bytes hold no
 *   key, or one encrypted in a way that is not accepted.
 */
export async function decodePrivateKey(
  bytes: Uint8Array,
  name: string,
  passphrase: PassphraseSource,
): Promise<KeyObject> {
  try {
    if (!isPem(bytes)) return await decodeDer(bytes, name, passphrase);
    const block = keyBlock(Buffer.from(bytes).toString('latin1'));
    if (block === undefined) throw new Asn1Error('it holds no private key');
    return await decodeBlock(block, name, passphrase);
  } catch (cause) {
    throw explain(cause, name);
  }
}

/**
 * Whether it takes a passphrase to read the key. Bytes that hold none do not: reading them says what
 * is wrong.
 */
export function isEncryptedKey(bytes: Uint8Array): boolean {
  try {
    if (!isPem(bytes)) return isEncryptedDer(bytes);
    const block = keyBlock(Buffer.from(bytes).toString('latin1'));
    return block?.label === 'ENCRYPTED PRIVATE KEY' || block?.hasHeaders === true;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/** The first private key among the blocks; `openssl ecparam` puts the curve in front. */
function keyBlock(text: string): PemBlock | undefined {
  return readPem(text).find(({ label }) => label.endsWith('PRIVATE KEY'));
}

function decodeBlock(
  block: PemBlock,
  name: string,
  passphrase: PassphraseSource,
): KeyObject | Promise<KeyObject> {
  if (block.label === 'PRIVATE KEY') return importPkcs8(block.der);
  if (block.label === 'ENCRYPTED PRIVATE KEY') return decryptKey(block.der, name, passphrase);
  if (!block.hasHeaders) return createPrivateKey(block.text);
  return decodeTraditional(block, name, passphrase);
}

/** Old OpenSSL keys with `DEK-Info` headers: their derivation is one fixed round of MD5. */
async function decodeTraditional(
  block: PemBlock,
  name: string,
  passphrase: PassphraseSource,
): Promise<KeyObject> {
  const secret = await ask(passphrase, name);
  try {
    return createPrivateKey({ key: block.text, passphrase: secret });
  } catch (cause) {
    throw new WrongPassphrase('decryption failed', { cause });
  }
}

function decodeDer(
  der: Uint8Array,
  name: string,
  passphrase: PassphraseSource,
): KeyObject | Promise<KeyObject> {
  return isEncryptedDer(der) ? decryptKey(der, name, passphrase) : importPkcs8(der);
}

/** PrivateKeyInfo begins with a version, EncryptedPrivateKeyInfo with an algorithm. */
function isEncryptedDer(der: Uint8Array): boolean {
  return new Asn1Reader(der).enter(TAG.sequence).peek() === TAG.sequence;
}

function importPkcs8(der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
}

/** EncryptedPrivateKeyInfo (RFC 5958, section 3). */
async function decryptKey(
  der: Uint8Array,
  name: string,
  passphrase: PassphraseSource,
): Promise<KeyObject> {
  const fields = new Asn1Reader(der).into(readSingle(der, TAG.sequence));
  const algorithm = fields.take(TAG.sequence);
  const ciphertext = contentOf(fields.take(TAG.octetString));
  fields.finish();
  const secret = await ask(passphrase, name);
  const pkcs8 = await decryptByPassword(fields.into(algorithm), ciphertext, secret);
  try {
    return importPkcs8(pkcs8);
  } catch (cause) {
    // One wrong key in 256 leaves padding that looks right.
    throw new WrongPassphrase('decryption gave no key', { cause });
  } finally {
    pkcs8.fill(0);
  }
}

async function ask(passphrase: PassphraseSource, name: string): Promise<string> {
  const secret = await passphrase();
  if (secret !== undefined && secret !== '') return secret;
  throw new MsgError('passphrase', `${name} is encrypted and there is no passphrase for it`, {
    hint: 'say where it is (file:PATH, env:NAME, cmd:COMMAND or prompt): by --key-passphrase for a key of the store, by --passphrase for a file to import',
  });
}

function explain(cause: unknown, name: string): unknown {
  if (cause instanceof MsgError) return cause;
  if (cause instanceof WrongPassphrase) {
    return new MsgError('passphrase', `wrong passphrase for ${name}`, {
      hint: 'check where it is taken from: "msg profile show --origin" says so of key.passphrase',
      cause,
    });
  }
  const reason =
    cause instanceof Asn1Error ? cause.message : 'it is damaged, or of an unknown kind';
  return new MsgError('key-refused', `${name} cannot be used: ${reason}`, {
    cause,
    hint: 'convert it: openssl pkcs8 -topk8 -scrypt -in OLD -out NEW',
  });
}
