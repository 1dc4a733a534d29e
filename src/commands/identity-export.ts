import { MsgError } from '../errors.js';
import { loadKeyOf } from '../identity/entry-key.js';
import { exportDer, exportPem, exportPkcs12, type ExportInput } from '../identity/export.js';
import type { KeyEntry } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import type { Certificate } from '../x509/certificate.js';
import type { Context } from '../runtime.js';
import { openOutput } from './output-file.js';
import { newPassphrase, secretFlag } from './passphrases.js';

/** What `msg identity export` was asked to give out. */
export interface IdentityExportOptions {
  readonly label: string;
  /** PEM where absent. */
  readonly as?: 'pem' | 'der' | 'pkcs12' | undefined;
  readonly out?: string | undefined;
  /** Whether the private key goes along, encrypted. */
  readonly key?: boolean | undefined;
  /** Where the passphrase is that protects what is exported. */
  readonly exportPassphrase?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Gives out a certificate with its issuers and, only when told to, the private key. */
export async function run(options: IdentityExportOptions, context: Context): Promise<void> {
  const { as: form = 'pem', out: file, key = false, force } = options;
  const reference = secretFlag(options.exportPassphrase, '--export-passphrase');
  if (form === 'der' && key) {
    throw new MsgError('usage', 'DER holds the certificate alone', {
      hint: 'export the key with --as pem or --as pkcs12',
    });
  }
  const session = await context.session();
  const entry = new KeyStore(session.settings.keys.value).find(options.label);
  const certificate = certificateOf(entry);
  const write = openOutput({ file, force, binary: form !== 'pem' }, context);
  const own = key ? await loadKeyOf(entry, () => session.keyPassphrase()) : undefined;
  const question = { what: 'a passphrase for the export', flag: '--export-passphrase' };
  const isProtected = key || form === 'pkcs12';
  const passphrase = isProtected ? await newPassphrase(reference, question, context) : undefined;
  const { chain, label } = entry;
  const { random } = context;
  const privateKey = own === undefined ? {} : { privateKey: own.privateKey };
  const input = { certificate, chain, passphrase, random, ...privateKey };
  await write(await encode(form, input, label));
}

function encode(
  form: 'pem' | 'der' | 'pkcs12',
  input: ExportInput,
  label: string,
): Promise<string | Uint8Array> {
  switch (form) {
    case 'pem':
      return exportPem(input);
    case 'der':
      return Promise.resolve(exportDer(input));
    case 'pkcs12':
      return exportPkcs12(input, label);
  }
}

function certificateOf({ label, certificate }: KeyEntry): Certificate {
  if (certificate !== undefined) return certificate;
  throw new MsgError('certificate-own', `the key ${label} has no certificate yet`, {
    hint: `give it its certificate first with "msg identity import"; its request is in "msg identity csr ${label}"`,
  });
}
