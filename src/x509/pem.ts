import { Asn1Error } from '../asn1/reader.js';
import { isPem, readPem, writePem } from '../asn1/pem.js';
import { CertificateError, type Certificate } from './certificate.js';
import { parseCrl, type RevocationList } from './crl.js';
import { parseCertificate } from './parse.js';

const CERTIFICATE = 'CERTIFICATE';
const CRL = 'X509 CRL';

/**
 * The certificates of a file: one in DER, or any number in PEM (RFC 7468) with whatever text stands
 * between the blocks.
 *
 * @throws CertificateError when it holds none, a block of another kind, a block that is cut off, or
 *   a certificate that does not parse.
 */
export function readCertificates(file: Uint8Array): readonly Certificate[] {
  return blocksOf(file, CERTIFICATE).map((der) => parseCertificate(der));
}

/**
 * The revocation lists of a file, in DER or PEM.
 *
 * @throws CertificateError as {@link readCertificates} does.
 */
export function readCrls(file: Uint8Array): readonly RevocationList[] {
  return blocksOf(file, CRL).map((der) => parseCrl(der));
}

/** A certificate as a PEM block. */
export function certificateToPem(certificate: Pick<Certificate, 'der'>): string {
  return writePem(CERTIFICATE, certificate.der);
}

function blocksOf(file: Uint8Array, label: string): readonly Uint8Array[] {
  if (!isPem(file)) return [file];
  const text = Buffer.from(file).toString('latin1');
  const blocks = readBlocks(text);
  if (blocks.length !== text.split('-----BEGIN ').length - 1) {
    throw new CertificateError('a PEM block that has no end');
  }
  const other = blocks.find((block) => block.label !== label);
  if (other !== undefined) {
    throw new CertificateError(`expected PEM blocks "${label}", found "${other.label}"`);
  }
  return blocks.map(({ der }) => der);
}

function readBlocks(text: string): ReturnType<typeof readPem> {
  try {
    return readPem(text);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new CertificateError(error.message, { cause: error });
  }
}
