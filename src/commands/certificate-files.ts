import { readCertificatesOf } from '../identity/import.js';
import type { Context } from '../runtime.js';
import type { Certificate } from '../x509/certificate.js';
import { readInputs } from './input-files.js';
import { existingSecret, secretFlagOrNone } from './passphrases.js';

/** The certificates of one file, in its order. */
export interface CertificateFile {
  /** Its path. */
  readonly file: string;
  readonly certificates: readonly Certificate[];
}

/**
 * Reads the certificates of files in PEM, DER, PKCS#12 and PKCS#7; `-` is standard input.
 *
 * @param passphrase where the passphrase of PKCS#12 files is, as a flag says it
 * @throws MsgError `file-not-found`, `key-refused` for a file without certificates, `passphrase`.
 */
export async function readCertificateFiles(
  names: readonly string[],
  passphrase: string | undefined,
  context: Context,
): Promise<readonly CertificateFile[]> {
  const reference = secretFlagOrNone(passphrase, '--passphrase');
  const question = { what: 'the passphrase of the file', flag: '--passphrase' };
  const ask = async () =>
    reference === 'none' ? undefined : existingSecret(reference, question, context);
  const files: CertificateFile[] = [];
  for (const file of await readInputs(names, context)) {
    files.push({ file: file.name, certificates: await readCertificatesOf(file, ask) });
  }
  return files;
}
