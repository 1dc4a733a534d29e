import { MsgError } from '../errors.js';
import { describeCertificate } from '../identity/describe.js';
import type { ArrangedChain } from '../identity/certificate-chain.js';
import type { KeyEntry } from '../identity/key-entry.js';
import type { KeyStore } from '../identity/store.js';
import { LOOK_NOW } from '../registry/port.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import type { Certificate } from '../x509/certificate.js';

/**
 * Puts a certificate in the place of another one of the same key, if that was asked for. What peers seal to
 * is opened by its certificate, so that one which the directory has, or had, stays.
 *
 * @throws MsgError `file-exists` unless it was asked for, `certificate-own` for one that was published,
 *   `chain-unreachable` where the directory cannot say whether it was.
 */
export async function replaceCertificate(
  {
    store,
    entry,
    former,
  }: { readonly store: KeyStore; readonly entry: KeyEntry; readonly former: Certificate },
  { certificate, chain }: Pick<ArrangedChain, 'certificate' | 'chain'>,
  { wanted, context }: { readonly wanted: boolean; readonly context: Context },
): Promise<KeyEntry> {
  const { label } = entry;
  if (!wanted) {
    throw new MsgError(
      'file-exists',
      `the key ${label} has a certificate already, ${inWords(former)}`,
      {
        hint: `to put this one in its place, ${inWords(certificate)}, add --replace: the other one is kept beside it`,
      },
    );
  }
  await requireUnpublished(label, former, context);
  const kept = store.replaceCertificate(label, certificate, chain);
  context.report.note(
    `replaced the certificate of the key ${label}, ${inWords(former)}: the former one is kept in ${kept}`,
  );
  return store.find(label);
}

async function requireUnpublished(
  label: string,
  { fingerprint }: Certificate,
  context: Context,
): Promise<void> {
  const session = await context.session();
  if (session.settings.directory.value === undefined) {
    context.report.warn(
      `no directory is set, so none was asked whether it has the former certificate of the key ${label}`,
      'messages that were sealed to it would not be opened any more: if there are any, put it back with --replace',
    );
    return;
  }
  const version = await versionOf(fingerprint, session);
  if (version === undefined) return;
  const { self } = session;
  throw new MsgError(
    'certificate-own',
    `the certificate of the key ${label} is version ${version} of ${self} in the directory: messages are sealed to it`,
    {
      hint: 'make a new key with "msg identity create", import its certificate and publish it with "msg rotate"',
    },
  );
}

async function versionOf(
  fingerprint: Certificate['fingerprint'],
  session: Session,
): Promise<number | undefined> {
  const record = await session.book().find(session.self, LOOK_NOW);
  const index = record?.certificates.findIndex((one) => one.fingerprint === fingerprint) ?? -1;
  return index < 0 ? undefined : index;
}

function inWords(certificate: Certificate): string {
  const { issuer, serial } = describeCertificate(certificate);
  return `issued by ${issuer} as ${serial}`;
}
