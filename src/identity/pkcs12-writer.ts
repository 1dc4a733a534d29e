import { createHash, createHmac } from 'node:crypto';
import type { RandomSource } from '../domain/environment.js';
import { TAG, contextTag } from '../asn1/values.js';
import { integer, octetString, oid, sequence, setOf, tlv } from '../asn1/writer.js';
import { encryptPbes2 } from './pbes2.js';
import { BAG, DATA, ENCRYPTED_DATA, X509_CERTIFICATE } from './pkcs12-oids.js';
import { PURPOSE_OF_KEY, derivePkcs12 } from './pkcs12-pbe.js';

/** What goes into a PKCS#12 file. */
export interface Pkcs12Input {
  /** PKCS#8, DER; without one the file holds certificates only. */
  readonly key: Uint8Array | undefined;
  /** DER; the key's own first. */
  readonly certificates: readonly Uint8Array[];
  readonly passphrase: string;
  /** What key stores show. */
  readonly friendlyName?: string | undefined;
  readonly random: RandomSource;
}

const FRIENDLY_NAME = '2a864886f70d010914';
const LOCAL_KEY_ID = '2a864886f70d010915';
const SHA256 = '608648016503040201';

/** Guessing passphrases against the MAC should not be much cheaper than against the encryption. */
const MAC_ITERATIONS = 200_000;

/** Writes a PKCS#12 file (RFC 7292): AES-256-CBC under PBKDF2 with SHA-256, MAC with SHA-256. */
export async function writePkcs12(input: Pkcs12Input): Promise<Buffer> {
  const parts = [await encryptedData(input)];
  if (input.key !== undefined) parts.push(data(sequence(await shroudedKeyBag(input.key, input))));
  const safe = sequence(...parts);
  return sequence(integer(3), data(safe), await macData(safe, input));
}

/** ContentInfo with id-data. */
function data(content: Uint8Array): Buffer {
  return contentInfo(DATA, octetString(content));
}

function contentInfo(type: string, content: Uint8Array): Buffer {
  return sequence(oid(type), tlv(contextTag(0, 'constructed'), content));
}

async function encryptedData(input: Pkcs12Input): Promise<Buffer> {
  const bags = sequence(
    ...input.certificates.map((der, index) => certificateBag(der, index, input)),
  );
  const { algorithm, ciphertext } = await encrypt(bags, input);
  const content = tlv(contextTag(0, 'primitive'), ciphertext);
  return contentInfo(ENCRYPTED_DATA, sequence(integer(0), sequence(oid(DATA), algorithm, content)));
}

function certificateBag(der: Uint8Array, index: number, input: Pkcs12Input): Buffer {
  const value = tlv(contextTag(0, 'constructed'), octetString(der));
  const isOwn = index === 0 && input.key !== undefined;
  return bag(BAG.certificate, sequence(oid(X509_CERTIFICATE), value), isOwn ? input : undefined);
}

async function shroudedKeyBag(key: Uint8Array, input: Pkcs12Input): Promise<Buffer> {
  const { algorithm, ciphertext } = await encrypt(key, input);
  return bag(BAG.shroudedKey, sequence(algorithm, octetString(ciphertext)), input);
}

/** SafeBag; a key and its certificate are a pair for other programs by equal attributes. */
function bag(type: string, value: Uint8Array, paired: Pkcs12Input | undefined): Buffer {
  const attributes = paired === undefined ? [] : [setOf(pairAttributes(paired))];
  return sequence(oid(type), tlv(contextTag(0, 'constructed'), value), ...attributes);
}

function pairAttributes({ certificates: [own], friendlyName }: Pkcs12Input): Buffer[] {
  const attributes: Buffer[] = [];
  if (own !== undefined) {
    const id = createHash('sha256').update(own).digest().subarray(0, 20);
    attributes.push(sequence(oid(LOCAL_KEY_ID), setOf([octetString(id)])));
  }
  if (friendlyName !== undefined) {
    const text = tlv(TAG.bmpString, Buffer.from(friendlyName, 'utf16le').swap16());
    attributes.push(sequence(oid(FRIENDLY_NAME), setOf([text])));
  }
  return attributes;
}

function encrypt(plaintext: Uint8Array, { passphrase, random }: Pkcs12Input) {
  return encryptPbes2(plaintext, passphrase, { random, derivation: 'pbkdf2' });
}

async function macData(safe: Uint8Array, input: Pkcs12Input): Promise<Buffer> {
  const salt = input.random(16);
  const key = await derivePkcs12({
    password: input.passphrase,
    salt,
    iterations: MAC_ITERATIONS,
    hash: 'sha256',
    purpose: PURPOSE_OF_KEY.mac,
    length: 32,
  });
  const mac = createHmac('sha256', key).update(safe).digest();
  const digest = sequence(sequence(oid(SHA256), tlv(TAG.null)), octetString(mac));
  return sequence(digest, octetString(salt), integer(MAC_ITERATIONS));
}
