import { MsgError } from '../errors.js';
import { arrangeChain } from '../identity/certificate-chain.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import type { Certificate } from '../x509/certificate.js';
import { readCertificateFiles } from './certificate-files.js';
import { DEFAULT_RULE, parseRenewalRule, renewalTime, untilThen } from './renewal-due.js';

/** What `msg cert needs-renewal` was asked for. */
export interface CertNeedsRenewalOptions {
  /** A file; the certificate that signs where absent. */
  readonly file?: string | undefined;
  /** A key of the store. */
  readonly label?: string | undefined;
  readonly expiresIn?: string | undefined;
  /** Where the passphrase of a PKCS#12 file is. */
  readonly passphrase?: string | undefined;
}

/** How it ends: an `if` in a shell goes on when it is time. */
const EXIT = { due: 0, notYet: 1, none: 2 } as const;

/** Says by its exit code whether it is time to renew a certificate. */
export async function run(options: CertNeedsRenewalOptions, context: Context): Promise<void> {
  const rule = parseRenewalRule(options.expiresIn ?? DEFAULT_RULE);
  if (options.file !== undefined && options.label !== undefined) {
    throw new MsgError('usage', 'a file and --label name two certificates', {
      hint: 'give one of the two',
    });
  }
  const certificate = await certificateFor(options, context);
  if (certificate === undefined) {
    context.report.note('there is no certificate: msg cert enroll');
    context.exitWith(EXIT.none);
    return;
  }
  const [time, now] = [renewalTime(certificate, rule), context.clock()];
  const isDue = time <= now;
  const due = { due: isDue, dueAt: iso(time), notAfter: iso(certificate.notAfter) };
  if (context.json) await context.io.stdout.write(`${JSON.stringify(due)}\n`);
  else context.report.detail(`due for renewal ${untilThen(time, now)} (${due.dueAt})`);
  context.exitWith(isDue ? EXIT.due : EXIT.notYet);
}

async function certificateFor(
  { file, label, passphrase }: CertNeedsRenewalOptions,
  context: Context,
): Promise<Certificate | undefined> {
  if (file !== undefined) return certificateIn(file, passphrase, context);
  const { settings } = await context.session();
  const store = new KeyStore(settings.keys.value);
  return (label === undefined ? store.current() : store.find(label))?.certificate;
}

async function certificateIn(
  name: string,
  passphrase: string | undefined,
  context: Context,
): Promise<Certificate> {
  const [file] = await readCertificateFiles([name], passphrase, context);
  return arrangeChain(file?.certificates ?? [], undefined).certificate;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
