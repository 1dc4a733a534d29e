import type { KeyObject } from 'node:crypto';
import type { RandomSource } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import type { Certificate } from '../x509/certificate.js';
import { certificateToPem } from '../x509/pem.js';
import { writePkcs12 } from './pkcs12-writer.js';
import { encodePrivateKey } from './private-key.js';

/** What to export: certificates always, the private key only when it is given here. */
export interface ExportInput {
  readonly certificate: Certificate;
  /** The issuers, nearest first. */
  readonly chain?: readonly Certificate[];
  readonly privateKey?: KeyObject;
  /** Protects the private key; a key never leaves without one. */
  readonly passphrase?: string | undefined;
  readonly random: RandomSource;
}

/**
 * Exports as PEM: the private key (encrypted PKCS#8) if one is given, the certificate, its issuers.
 *
 * @throws MsgError `passphrase` when a private key is to leave without one.
 */
export async function exportPem(input: ExportInput): Promise<string> {
  const { certificate, chain = [], privateKey, random } = input;
  const certificates = [certificate, ...chain].map(certificateToPem).join('');
  if (privateKey === undefined) return certificates;
  return (await encodePrivateKey(privateKey, required(input), random)) + certificates;
}

/** Exports the certificate alone, as DER. */
export function exportDer({ certificate }: Pick<ExportInput, 'certificate'>): Buffer {
  return Buffer.from(certificate.der);
}

/**
 * Exports as PKCS#12, which Java, Windows and OpenSSL read: AES-256 and SHA-256 throughout.
 *
 * @param friendlyName what key stores show.
 * @throws MsgError `passphrase` when there is none: the format's MAC needs one.
 */
export async function exportPkcs12(input: ExportInput, friendlyName?: string): Promise<Buffer> {
  const { certificate, chain = [], privateKey, random } = input;
  return writePkcs12({
    key: privateKey?.export({ format: 'der', type: 'pkcs8' }),
    certificates: [certificate, ...chain].map((one) => one.der),
    passphrase: required(input),
    friendlyName,
    random,
  });
}

function required({ passphrase }: ExportInput): string {
  if (passphrase !== undefined && passphrase !== '') return passphrase;
  throw new MsgError('passphrase', 'an export needs a passphrase to protect it', {
    hint: 'give one by --export-passphrase file:PATH, env:NAME or cmd:COMMAND',
  });
}
