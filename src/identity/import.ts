import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Asn1Error, Asn1Reader } from '../asn1/reader.js';
import { isPem, readPem, type PemBlock } from '../asn1/pem.js';
import { TAG, contextTag } from '../asn1/values.js';
import { MsgError } from '../errors.js';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import { parseCertificate } from '../x509/parse.js';
import { isCertificateBundle, readCertificateBundle } from './certificate-bundle.js';
import { arrangeChain, type ArrangedChain } from './certificate-chain.js';
import { conversionOf } from './conversion.js';
import { WrongPassphrase } from './pbes2.js';
import { isPkcs12, readPkcs12 } from './pkcs12.js';
import { decodePrivateKey, type PassphraseSource } from './private-key.js';
import { softwareKey, type SoftwareKey } from './software-key.js';

/** A file to import from. */
export interface ImportFile {
  /** What it is called in errors: its path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What was found in the files: at least one of the two. */
export interface ImportedMaterial {
  readonly key: SoftwareKey | undefined;
  /** The certificate (of `key`, when there is one) with its issuers. */
  readonly certificates: ArrangedChain | undefined;
}

interface Found {
  readonly keys: KeyObject[];
  readonly certificates: Certificate[];
}

/**
 * Reads a private key, certificates or both from files in PEM, DER, PKCS#12 or PKCS#7 (`.p7b`), in
 * any mixture and order. The passphrase is asked for when a file is encrypted.
 *
 * @throws MsgError `passphrase` when it is missing or wrong, `key-refused` for what cannot be read or
 *   used, `certificate-own` when key and certificates do not fit together.
 */
export async function readMaterial(
  files: readonly ImportFile[],
  passphrase: PassphraseSource,
): Promise<ImportedMaterial> {
  const found: Found = { keys: [], certificates: [] };
  for (const file of files) {
    const { keys, certificates } = await readFile(file, passphrase);
    found.keys.push(...keys);
    found.certificates.push(...certificates);
  }
  const [key, another] = found.keys;
  if (another !== undefined) {
    throw new MsgError('key-refused', `${found.keys.length} private keys where one is expected`, {
      hint: 'import one key and its certificates at a time',
    });
  }
  const own = key === undefined ? undefined : softwareKey(key);
  const hasCertificates = found.certificates.length > 0;
  const certificates = hasCertificates ? arrangeChain(found.certificates, own?.spki) : undefined;
  return { key: own, certificates };
}

/**
 * Reads the certificates of a file in PEM, DER, PKCS#12 or PKCS#7, in its order. Private keys beside
 * them are left alone, so that a passphrase is asked for PKCS#12 only.
 *
 * @throws MsgError `passphrase`, or `key-refused` when the file holds no certificate.
 */
export async function readCertificatesOf(
  file: ImportFile,
  passphrase: PassphraseSource,
): Promise<readonly Certificate[]> {
  const { certificates } = isPem(file.bytes)
    ? readPemCertificates(file)
    : await readFile(file, passphrase);
  if (certificates.length > 0) return certificates;
  throw new MsgError('key-refused', `${file.name} holds no certificate`, {
    hint: 'name the file with the certificate: PEM, DER, PKCS#12 or PKCS#7',
  });
}

function readPemCertificates(file: ImportFile): Pick<Found, 'certificates'> {
  try {
    const blocks = readPem(Buffer.from(file.bytes).toString('latin1'));
    return { certificates: blocks.flatMap(certificatesIn) };
  } catch (cause) {
    throw explain(cause, file);
  }
}

async function readFile(file: ImportFile, passphrase: PassphraseSource): Promise<Found> {
  try {
    if (isPem(file.bytes)) return await readPemFile(file, passphrase);
    if (isPkcs12(file.bytes)) return await readPkcs12File(file, passphrase);
    if (isCertificateBundle(file.bytes)) {
      return { keys: [], certificates: readCertificateBundle(file.bytes).map(parseCertificate) };
    }
    if (isCertificate(file.bytes)) {
      return { keys: [], certificates: [parseCertificate(file.bytes)] };
    }
    const key = await decodePrivateKey(file.bytes, file.name, passphrase);
    return { keys: [key], certificates: [] };
  } catch (cause) {
    throw explain(cause, file);
  }
}

async function readPemFile(file: ImportFile, passphrase: PassphraseSource): Promise<Found> {
  const blocks = readPem(Buffer.from(file.bytes).toString('latin1'));
  const certificates = blocks.flatMap(certificatesIn);
  const keyBlocks = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (keyBlocks.length + certificates.length === 0) {
    throw new Asn1Error('it holds neither a private key nor a certificate');
  }
  const keys: KeyObject[] = [];
  for (const { text } of keyBlocks) {
    keys.push(await decodePrivateKey(Buffer.from(text, 'latin1'), file.name, passphrase));
  }
  return { keys, certificates };
}

function certificatesIn({ label, der }: PemBlock): Certificate[] {
  if (label === 'CERTIFICATE') return [parseCertificate(der)];
  const isBundle = label === 'PKCS7' || label === 'CMS';
  return isBundle ? readCertificateBundle(der).map(parseCertificate) : [];
}

/** A certificate begins with [0] version, or (version 1) a serial number, within a second SEQUENCE. */
function isCertificate(bytes: Uint8Array): boolean {
  const outer = new Asn1Reader(bytes).enter(TAG.sequence);
  if (outer.peek() !== TAG.sequence) return false;
  const first = outer.enter(TAG.sequence).peek();
  return first === contextTag(0, 'constructed') || first === TAG.integer;
}

async function readPkcs12File(file: ImportFile, passphrase: PassphraseSource): Promise<Found> {
  const secret = (await passphrase()) ?? '';
  const content = await readPkcs12(file.bytes, secret).catch((cause: unknown) => {
    const isMissing = cause instanceof WrongPassphrase && secret === '';
    if (!isMissing) throw cause;
    throw new MsgError(
      'passphrase',
      `${file.name} is encrypted and there is no passphrase for it`,
      {
        hint: 'say where it is: --passphrase and file:PATH, env:NAME or cmd:COMMAND',
      },
    );
  });
  if (content.keys.length + content.certificates.length === 0) {
    throw new Asn1Error('it holds neither a private key nor a certificate');
  }
  return {
    keys: content.keys.map(importPkcs8),
    certificates: content.certificates.map(parseCertificate),
  };
}

function importPkcs8(key: Buffer): KeyObject {
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new Asn1Error('its private key is of an unknown kind', { cause });
  } finally {
    key.fill(0);
  }
}

function explain(cause: unknown, file: ImportFile): unknown {
  if (cause instanceof MsgError) return cause;
  if (cause instanceof WrongPassphrase) {
    return new MsgError('passphrase', `wrong passphrase for ${file.name}`, {
      hint: 'check where --passphrase takes it from',
      cause,
    });
  }
  if (!(cause instanceof Asn1Error || cause instanceof CertificateError)) return cause;
  return new MsgError('key-refused', `${file.name} cannot be read: ${cause.message}`, {
    cause,
    hint: conversionOf(file),
  });
}
