import { MsgError } from '../errors.js';
import type { CertificateVersion, PeerRecord } from '../registry/port.js';
import type { Context } from '../runtime.js';
import { CRL_REASONS, FINAL_REASONS } from '../x509/crl.js';
import { changeDirectory, isConfirmed, type ChangeOptions } from './directory-change.js';
import { requireRecord } from './own-record.js';

/** What `msg revoke` was asked for. */
export interface RevokeOptions extends ChangeOptions {
  readonly reason: string;
  /** The version; the newest where absent. */
  readonly index?: string | undefined;
  readonly yes?: boolean | undefined;
}

/** Revokes a certificate of one's own in the directory, for good. */
export async function run(options: RevokeOptions, context: Context): Promise<void> {
  const reason = parseReason(options.reason);
  const session = await context.session();
  const record = await requireRecord(session);
  const version = chooseVersion(record, options.index);
  const { name } = record;
  const label = `certificate version ${version.index} of ${name}`;
  if (version.revoked !== undefined) {
    const at = new Date(version.revoked.at).toISOString();
    context.report.note(`${label} was revoked already, on ${at}`);
    return;
  }
  const isNewest = version === record.certificates.at(-1);
  const effect = isNewest ? ` Nobody can write to ${name} until another one is published.` : '';
  const question = `Revoke ${label} (${version.fingerprint.slice(0, 16)}…) for good?${effect}`;
  if (!(await isConfirmed(question, options, context))) return;
  await changeDirectory(
    {
      ...{ done: `revoked ${label}`, dryRun: options.dryRun },
      make: (writer) => writer.revoke(name, version.index, reason),
    },
    context,
  );
  if (isNewest && options.dryRun !== true) {
    context.report.note('make a new key with "msg identity create", then publish it: msg rotate');
  }
}

function parseReason(text: string): number {
  const reason = FINAL_REASONS.find((one) => one.toLowerCase() === text.toLowerCase());
  if (reason !== undefined) return CRL_REASONS.indexOf(reason);
  throw new MsgError('usage', `not a reason: ${JSON.stringify(text.slice(0, 40))}`, {
    hint: `one of ${FINAL_REASONS.join(', ')}`,
  });
}

function chooseVersion(record: PeerRecord, index: string | undefined): CertificateVersion {
  const { name, certificates } = record;
  const version =
    index === undefined
      ? certificates.at(-1)
      : certificates.find((one) => String(one.index) === index);
  if (version !== undefined) return version;
  const which = index === undefined ? 'no certificate' : `no version ${index}`;
  throw new MsgError('not-found', `${name} has ${which}`, {
    hint: `list its versions with "msg peer show ${name}"`,
  });
}
