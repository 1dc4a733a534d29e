import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fingerprint } from '../domain/fingerprint.js';
import { MsgError } from '../errors.js';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import { readCertificates } from '../x509/pem.js';
import { readPublic } from './private-file.js';

/** The files of one entry of the key store; all but `key.pem` may be shown to anybody. */
export const FILES = {
  key: 'key.pem',
  publicKey: 'public.pem',
  certificate: 'cert.pem',
  chain: 'chain.pem',
  request: 'request.csr',
  retired: 'retired',
  enrolment: 'enrolment.json',
  received: 'received.pem',
  renews: 'renews',
} as const;

/** The file that keeps a certificate which another one has replaced, with its issuers. */
export function formerFile(fingerprint: Fingerprint): string {
  return `former-${fingerprint.slice(0, 12)}.pem`;
}

/** A key of the store and what belongs to it. */
export interface KeyEntry {
  readonly label: string;
  readonly directory: string;
  /** Undefined as long as no authority has issued it. */
  readonly certificate: Certificate | undefined;
  /** The issuers, nearest first, without the root. */
  readonly chain: readonly Certificate[];
  /** The path of the PKCS#10 request in PEM, if one was kept. */
  readonly requestPath: string | undefined;
  /** Unix milliseconds; undefined as long as it may sign. */
  readonly retiredAt: number | undefined;
}

/** Where in its life a key stands: waiting for its certificate, fit to sign, or only to open. */
export function keyStatus(entry: KeyEntry): 'pending' | 'active' | 'retired' {
  if (entry.certificate === undefined) return 'pending';
  return entry.retiredAt === undefined ? 'active' : 'retired';
}

/**
 * Reads an entry without touching its private key.
 *
 * @throws MsgError `certificate-own` when a file of it is damaged.
 */
export function readEntry(store: string, label: string): KeyEntry {
  const directory = join(store, label);
  const at = (file: keyof typeof FILES): string => join(directory, FILES[file]);
  const [certificate] = certificatesIn(at('certificate'));
  const retired = existsSync(at('retired')) ? readPublic(at('retired')).toString('latin1') : '';
  return {
    label,
    directory,
    certificate,
    chain: certificatesIn(at('chain')),
    requestPath: existsSync(at('request')) ? at('request') : undefined,
    retiredAt: retired === '' ? undefined : Date.parse(retired.trim()) || 0,
  };
}

function certificatesIn(path: string): readonly Certificate[] {
  if (!existsSync(path)) return [];
  const file = readPublic(path);
  if (file.length === 0) return [];
  try {
    return readCertificates(file);
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause;
    throw new MsgError('certificate-own', `${path} is damaged: ${cause.message}`, {
      hint: 'put it back from a backup of the key store, or import the certificate again',
      cause,
    });
  }
}
