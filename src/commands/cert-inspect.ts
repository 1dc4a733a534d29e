import { describeCertificate } from '../identity/describe.js';
import type { Context } from '../runtime.js';
import { readCertificateFiles } from './certificate-files.js';
import { outlines } from './outline.js';

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
    certificates.map((one) => ({ file, ...describeCertificate(one) })),
  );
  await context.io.stdout.write(outlines(shown, context));
}
