import { createHmac, timingSafeEqual } from 'node:crypto';
import { oidToDotted } from '../asn1/object-identifier.js';
import { Asn1Error, Asn1Reader, contentOf, encodingOf, type Element } from '../asn1/reader.js';
import { TAG, contextTag, oidOf, smallInteger } from '../asn1/values.js';
import { WrongPassphrase } from './pbes2.js';
import { BAG, DATA, ENCRYPTED_DATA, X509_CERTIFICATE } from './pkcs12-oids.js';
import { PURPOSE_OF_KEY, decryptByPassword, derivePkcs12, type Pkcs12Hash } from './pkcs12-pbe.js';

/** What a PKCS#12 file holds that matters here, in the file's order. */
export interface Pkcs12Content {
  /** Each a PrivateKeyInfo (PKCS#8), DER. */
  readonly keys: readonly Buffer[];
  /** Each a certificate, DER. */
  readonly certificates: readonly Buffer[];
}

const MAC_HASHES: Readonly<Record<string, { hash: Pkcs12Hash; length: number }>> = {
  '2a864886f70d0205': { hash: 'md5', length: 16 },
  '2b0e03021a': { hash: 'sha1', length: 20 },
  '608648016503040201': { hash: 'sha256', length: 32 },
  '608648016503040202': { hash: 'sha384', length: 48 },
  '608648016503040203': { hash: 'sha512', length: 64 },
};

/** More bags than this are not somebody's key and chain. */
const MAX_BAGS = 64;

/** A password as PKCS#12 knows it: `undefined` has no bytes, the empty text has its terminator. */
type Password = string | undefined;

/** Whether the bytes begin as PFX does: version 3, then a ContentInfo. */
export function isPkcs12(bytes: Uint8Array): boolean {
  try {
    const pfx = new Asn1Reader(bytes, 'ber').enter(TAG.sequence);
    return smallInteger(pfx.take(TAG.integer)) === 3 && pfx.peek() === TAG.sequence;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/**
 * Opens a PKCS#12 file (RFC 7292) in DER or BER. Its MAC is verified first. Keys and certificates
 * come out as they are: no matter of which kind, and unparsed.
 *
 * @param password the empty text stands for both kinds of none.
 * @throws WrongPassphrase when the MAC does not verify, Asn1Error with the reason for everything else.
 */
export async function readPkcs12(bytes: Uint8Array, password: string): Promise<Pkcs12Content> {
  const pfx = new Asn1Reader(bytes, 'ber').enter(TAG.sequence);
  if (smallInteger(pfx.take(TAG.integer)) !== 3) throw new Asn1Error('an unknown version');
  const contentInfo = pfx.enter(TAG.sequence);
  if (oidOf(contentInfo.take()) !== DATA) {
    throw new Asn1Error('it is protected by a signature instead of a passphrase');
  }
  const safe = octets(contentInfo.enter(contextTag(0, 'constructed')));
  if (pfx.done) throw new Asn1Error('it has no MAC, so nothing protects it against changes');
  const proven = await checkMac(pfx.enter(TAG.sequence), safe, password);
  return readSafe(safe, proven);
}

/** Returns the password under which the MAC verifies. */
async function checkMac(mac: Asn1Reader, safe: Uint8Array, password: string): Promise<Password> {
  const digestInfo = mac.enter(TAG.sequence);
  const kind = oidOf(digestInfo.enter(TAG.sequence).take());
  const algorithm = MAC_HASHES[kind];
  if (algorithm === undefined) throw new Asn1Error(`unsupported kind of MAC ${oidToDotted(kind)}`);
  const expected = octets(digestInfo);
  const salt = octets(mac);
  const iterations = mac.done ? 1 : smallInteger(mac.take(TAG.integer));
  const { hash, length } = algorithm;
  for (const candidate of password === '' ? ['', undefined] : [password]) {
    const purpose = PURPOSE_OF_KEY.mac;
    const key = await derivePkcs12({
      password: candidate,
      salt,
      iterations,
      hash,
      purpose,
      length,
    });
    const actual = createHmac(hash, key).update(safe).digest();
    if (actual.length === expected.length && timingSafeEqual(actual, expected)) return candidate;
  }
  throw new WrongPassphrase('the MAC does not verify');
}

async function readSafe(safe: Uint8Array, password: Password): Promise<Pkcs12Content> {
  const list = new Asn1Reader(safe, 'ber').enter(TAG.sequence);
  const content = { keys: [] as Buffer[], certificates: [] as Buffer[] };
  while (!list.done) {
    const bags = await openContentInfo(list.enter(TAG.sequence), password);
    await readBags(new Asn1Reader(bags, 'ber').enter(TAG.sequence), password, content);
  }
  return content;
}

async function openContentInfo(info: Asn1Reader, password: Password): Promise<Uint8Array> {
  const type = oidOf(info.take());
  const content = info.enter(contextTag(0, 'constructed'));
  if (type === DATA) return octets(content);
  if (type !== ENCRYPTED_DATA) throw new Asn1Error('a part of it is encrypted to a certificate');
  const encrypted = content.enter(TAG.sequence);
  encrypted.take(TAG.integer);
  const fields = encrypted.enter(TAG.sequence);
  fields.take(TAG.oid);
  const algorithm = fields.enter(TAG.sequence);
  return decryptByPassword(algorithm, implicitOctets(fields, fields.take()), password);
}

async function readBags(
  bags: Asn1Reader,
  password: Password,
  content: { keys: Buffer[]; certificates: Buffer[] },
): Promise<void> {
  while (!bags.done) {
    if (content.keys.length + content.certificates.length >= MAX_BAGS) {
      throw new Asn1Error(`it holds more than ${MAX_BAGS} keys and certificates`);
    }
    const bag = bags.enter(TAG.sequence);
    const type = oidOf(bag.take());
    const value = bag.enter(contextTag(0, 'constructed'));
    if (type === BAG.key) content.keys.push(Buffer.from(encodingOf(value.take(TAG.sequence))));
    if (type === BAG.shroudedKey) content.keys.push(await unshroud(value, password));
    if (type === BAG.certificate) content.certificates.push(...readCertificateBag(value));
    if (type === BAG.safeContents) await readBags(value.enter(TAG.sequence), password, content);
  }
}

function unshroud(value: Asn1Reader, password: Password): Promise<Buffer> {
  const fields = value.enter(TAG.sequence);
  const algorithm = fields.enter(TAG.sequence);
  return decryptByPassword(algorithm, octets(fields), password);
}

/** An SDSI certificate, the other kind there is, is passed over. */
function readCertificateBag(value: Asn1Reader): Buffer[] {
  const fields = value.enter(TAG.sequence);
  if (oidOf(fields.take()) !== X509_CERTIFICATE) return [];
  return [Buffer.from(octets(fields.enter(contextTag(0, 'constructed'))))];
}

const CONSTRUCTED_OCTETS = TAG.octetString | 0x20;

/** The next OCTET STRING, whole or in segments (X.690, section 8.7.3). */
function octets(reader: Asn1Reader): Uint8Array {
  const element = reader.take();
  if (element.tag === TAG.octetString) return contentOf(element);
  if (element.tag === CONSTRUCTED_OCTETS) return joined(reader.into(element));
  throw new Asn1Error('expected an octet string');
}

/** An OCTET STRING under the implicit tag [0]. */
function implicitOctets(reader: Asn1Reader, element: Element): Uint8Array {
  if (element.tag === contextTag(0, 'primitive')) return contentOf(element);
  if (element.tag === contextTag(0, 'constructed')) return joined(reader.into(element));
  throw new Asn1Error('expected encrypted content');
}

function joined(segments: Asn1Reader): Buffer {
  const parts: Uint8Array[] = [];
  while (!segments.done) parts.push(octets(segments));
  return Buffer.concat(parts);
}
