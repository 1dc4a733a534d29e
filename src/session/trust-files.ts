import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MsgError } from '../errors.js';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import { readCertificates, readCrls } from '../x509/pem.js';

/**
 * The trust anchors in files and directories, PEM (several in a file) or DER.
 *
 * @throws MsgError `config` naming the file that cannot be read or is no certificate.
 */
export function readAnchors(paths: readonly string[]): readonly Certificate[] {
  return paths.flatMap(filesAt).flatMap((path) => parseAll(path, readCertificates));
}

/**
 * The revocation lists in files and directories, PEM or DER.
 *
 * @throws MsgError `config` naming the file that cannot be read or is no revocation list.
 */
export function readRevocationLists(paths: readonly string[]): readonly RevocationList[] {
  return paths.flatMap(filesAt).flatMap((path) => parseAll(path, readCrls));
}

function filesAt(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => /\.(?:pem|crt|cer|der|crl)$/i.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function parseAll<T>(path: string, parse: (file: Uint8Array) => readonly T[]): readonly T[] {
  try {
    return parse(readFileSync(path));
  } catch (error) {
    if (!(error instanceof CertificateError)) throw unreadable(path, error);
    throw new MsgError('config', `${path}: ${error.message}`, {
      hint: 'the file has to be PEM or DER',
      cause: error,
    });
  }
}

function unreadable(path: string, error: unknown): MsgError {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return new MsgError('config', `cannot read ${path}${code}`, {
    hint: 'check the settings trust.anchors and trust.crls',
    cause: error,
  });
}
