import { join } from 'node:path';
import { readPem, writePem } from '../asn1/pem.js';
import { FILES, type KeyEntry } from './key-entry.js';
import { readKeyFile } from './key-file.js';
import { keyFileOf } from './passphrase-change.js';
import { readPrivate, readPublic, writeWhole } from './private-file.js';
import { isEncryptedKey, type PassphraseSource } from './private-key.js';
import type { SoftwareKey } from './software-key.js';

/** The public key of an entry (SubjectPublicKeyInfo, DER), or undefined when its file is damaged. */
export function publicKeyOf({ directory }: KeyEntry): Buffer | undefined {
  const [block] = readPem(readPublic(join(directory, FILES.publicKey)).toString('latin1'));
  return block?.der;
}

/**
 * Whether a passphrase protects the private key of an entry.
 *
 * @throws MsgError `key-missing` or `key-refused` when its file cannot be read.
 */
export function isEncrypted(entry: KeyEntry): boolean {
  return isEncryptedKey(readPrivate(keyFileOf(entry)));
}

/**
 * Loads the private key of an entry, whether it has a certificate or not.
 *
 * @throws MsgError as {@link readKeyFile} does.
 */
export function loadKeyOf(entry: KeyEntry, passphrase: PassphraseSource): Promise<SoftwareKey> {
  return readKeyFile(keyFileOf(entry), passphrase);
}

/**
 * Keeps a PKCS#10 request with its key, in place of an earlier one.
 *
 * @param request DER
 * @returns the request as it is kept, PEM
 */
export function keepRequest({ directory }: KeyEntry, request: Uint8Array): string {
  const pem = writePem('CERTIFICATE REQUEST', request);
  writeWhole(join(directory, FILES.request), pem, { mode: 0o644, force: true });
  return pem;
}
