import { Asn1Error } from './reader.js';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** What stands between `BEGIN ` and the dashes, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Buffer;
  /** Whether RFC 1421 headers (`Proc-Type`, `DEK-Info`) precede the base64: an encrypted old-style key. */
  readonly hasHeaders: boolean;
  /** The block as it stood in the text, from BEGIN to END. */
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n([\s\S]*?)-----END \1-----/g;

/** Whether a file's bytes look like PEM rather than DER. */
export function isPem(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('-----BEGIN ');
}

/**
 * All PEM blocks of a text, in order; what stands around them is ignored (RFC 7468, section 2).
 *
 * @throws Asn1Error when a block holds something other than base64.
 */
export function readPem(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([block, label = '', body = '']) => {
    const split = body.search(/\r?\n\r?\n/);
    const hasHeaders = /^[A-Za-z-]+:/.test(body) && split > 0;
    const digits = (hasHeaders ? body.slice(split) : body).replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(digits)) {
      throw new Asn1Error(`a PEM block "${label}" that is not base64`);
    }
    return { label, der: Buffer.from(digits, 'base64'), hasHeaders, text: block };
  });
}

/** A PEM block with lines of 64 characters and a final line feed. */
export function writePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.length).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
