import { describeCertificate } from '../identity/describe.js';
import type { Context } from '../runtime.js';
import { readCertificateFiles } from './certificate-files.js';
import { outline } from './outline.js';

/** What `msg cert inspect` was asked to show. */
export interface CertInspectOptions {
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** Where the passphrase of a PKCS#12 file is. */
  readonly passphrase?: string | undefined;
}

/** Shows every certificate of the files, whoever issued it; whether it is trusted is not asked. */
export async function run(options: CertInspectOptions, context: Context): Promise<void> {
  const files = await readCertificateFiles(options.files, options.passphrase, context);
  const shown = files.flatMap(({ file, certificates }) =>
    certificates.map((one) => ({ file, certificate: describeCertificate(one) })),
  );
  const text = context.json
    ? shown.map(({ file, certificate }) => `${JSON.stringify({ file, ...certificate })}\n`).join('')
    : shown.map(({ file, certificate }) => `${outline({ file, ...certificate })}\n`).join('\n');
  await context.io.stdout.write(text);
}
