import { join } from 'node:path';
import { writePem } from '../asn1/pem.js';
import { isEncrypted } from '../identity/entry-key.js';
import { FILES } from '../identity/key-entry.js';
import { createRequest, type RequestOptions } from '../identity/request.js';
import { generateKey, type KeyType } from '../identity/software-key.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { fillTemplate, parseNamingPolicy } from '../trust/naming-policy.js';
import { openOutput } from './output-file.js';
import { passphraseForNewKey } from './passphrases.js';
import { setInProfile } from './profile-setting.js';

/** What a certificate is to say; by default `CN=<peer>` and the URI `msg://<peer>`. */
export interface RequestedNames {
  /** RFC 4514 text. */
  readonly subject?: string | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly email?: readonly string[] | undefined;
}

/** What `msg identity create` was asked to make. */
export interface IdentityCreateOptions extends RequestedNames {
  readonly type?: KeyType | undefined;
  readonly label?: string | undefined;
  /** False to keep the key without a passphrase. */
  readonly passphrase?: boolean | undefined;
  /** Where the request is written to besides the store; `-` is standard output. */
  readonly csr?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Makes a key and the request for its certificate; prints the label and where the request is. */
export async function run(options: IdentityCreateOptions, context: Context): Promise<void> {
  const { csr: file, force } = options;
  const session = await context.session();
  const names = requestFor(session, options);
  const writeRequest =
    file === undefined ? undefined : openOutput({ file, force, mode: 0o644 }, context);
  const store = new KeyStore(session.settings.keys.value);
  const key = generateKey(options.type);
  const request = await createRequest(names, key);
  const passphrase =
    options.passphrase === false ? undefined : await passphraseForNewKey(store, context);
  const entry = await store.add({
    ...{ key, passphrase, request, random: context.random },
    ...(options.label === undefined ? {} : { label: options.label }),
  });
  await writeRequest?.(writePem('CERTIFICATE REQUEST', request));
  if (passphrase === undefined) await sayNoPassphrase(store, session, context);
  const path = join(entry.directory, FILES.request);
  if (file !== '-') await print(entry.label, path, context);
  const given = file === undefined || file === '-' ? path : file;
  context.report.note(
    `have ${given} certified, then: msg identity import CERTIFICATE (key ${entry.label})`,
  );
}

/** The names that a request asks for: those that were wanted, and the one that trust.naming looks for. */
export function requestFor(
  { self: peer, settings }: Pick<Session, 'self' | 'settings'>,
  names: RequestedNames,
): RequestOptions {
  const { subject = `CN=${peer}`, dns = [], email = [] } = names;
  const policy = parseNamingPolicy(settings['trust.naming'].value);
  const filled = 'template' in policy ? fillTemplate(policy.template, peer) : '';
  return {
    ...{ peer, subject, email },
    ...(policy.kind === 'uri' ? { uri: filled } : {}),
    dns: policy.kind === 'dns' ? [...new Set([...dns, filled])] : dns,
  };
}

/** Without encrypted keys nobody needs to be asked for a passphrase any more. */
async function sayNoPassphrase(store: KeyStore, session: Session, context: Context) {
  context.report.warn('the key has no passphrase; whoever reads its file has it');
  const isSaid = session.settings['key.passphrase'].value === 'none';
  if (isSaid || store.list().some(isEncrypted)) return;
  if (await setInProfile({ 'key.passphrase': 'none' }, context)) return;
  context.report.note('in the profile, set key.passphrase to none; or MSG_KEY_PASSPHRASE=none');
}

async function print(label: string, request: string, { io, json }: Context): Promise<void> {
  const text = json ? JSON.stringify({ label, request }) : `label: ${label}\nrequest: ${request}`;
  await io.stdout.write(`${text}\n`);
}
