import { describeCertificate, type CertificateDescription } from '../identity/describe.js';
import { readCertificatesOf } from '../identity/import.js';
import type { Context } from '../runtime.js';
import { readInputs } from './input-files.js';
import { outline } from './outline.js';
import { existingSecret, secretFlagOrNone } from './passphrases.js';

/** What `msg cert inspect` was asked to show. */
export interface CertInspectOptions {
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** Where the passphrase of a PKCS#12 file is. */
  readonly passphrase?: string | undefined;
}

/** Shows every certificate of the files, whoever issued it; whether it is trusted is not asked. */
export async function run(options: CertInspectOptions, context: Context): Promise<void> {
  const reference = secretFlagOrNone(options.passphrase, '--passphrase');
  const question = { what: 'the passphrase of the file', flag: '--passphrase' };
  const ask = async () =>
    reference === 'none' ? undefined : existingSecret(reference, question, context);
  const shown: { file: string; certificate: CertificateDescription }[] = [];
  for (const file of await readInputs(options.files, context)) {
    for (const certificate of await readCertificatesOf(file, ask)) {
      shown.push({ file: file.name, certificate: describeCertificate(certificate) });
    }
  }
  const text = context.json
    ? shown.map(({ file, certificate }) => `${JSON.stringify({ file, ...certificate })}\n`).join('')
    : shown.map(({ file, certificate }) => `${outline({ file, ...certificate })}\n`).join('\n');
  await context.io.stdout.write(text);
}
