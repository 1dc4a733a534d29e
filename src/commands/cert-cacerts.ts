import { describeCertificate } from '../identity/describe.js';
import type { Context } from '../runtime.js';
import { certificateToPem } from '../x509/pem.js';
import { openEstAnonymously, type EstServerOptions } from './est-server.js';
import { openOutput } from './output-file.js';

/** What `msg cert cacerts` was asked for. */
export interface CertCacertsOptions extends EstServerOptions {
  readonly out?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Fetches the authority's own certificates from its EST server. */
export async function run(options: CertCacertsOptions, context: Context): Promise<void> {
  const { out: file, force } = options;
  const write = openOutput({ file, force, mode: 0o644 }, context);
  const certificates = await (await openEstAnonymously(options, context)).authorities();
  const lines = certificates.map((one) => `${JSON.stringify(describeCertificate(one))}\n`);
  await write((context.json ? lines : certificates.map(certificateToPem)).join(''));
}
