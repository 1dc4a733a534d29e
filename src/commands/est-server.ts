import { requireSetting } from '../config/resolve.js';
import { EstClient } from '../identity/est/client.js';
import type { ServerTrust, TlsIdentity } from '../identity/est/exchange.js';
import { parseFingerprint } from '../identity/est/first-trust.js';
import { decodePrivateKey } from '../identity/private-key.js';
import { readPrivate } from '../identity/private-file.js';
import type { Context } from '../runtime.js';
import { readPem } from '../session/pem-setting.js';
import { readAnchors } from '../session/trust-files.js';
import { certificateToPem } from '../x509/pem.js';
import { MsgError } from '../errors.js';
import { trustForTheFirstTime } from './est-first-trust.js';

/** How the authority's server is known, and who asks it. */
export interface EstServerOptions {
  /** SHA-256 of the certificates that the server may be known by the first time. */
  readonly fingerprint?: readonly string[] | undefined;
}

/** The EST service that the profile names. */
export async function estUrl(context: Context): Promise<URL> {
  return new URL(requireSetting((await context.session()).settings, 'est.url'));
}

/**
 * A client of the profile's EST service, whose certificate is to be believed. The password is asked
 * for here, unless a certificate that the authority issued is presented: whoever enrolled with a
 * password that works once would be asked for it at every renewal.
 *
 * @param identity what TLS presents; what est.cert and est.key name where absent.
 */
export async function openEst(
  options: EstServerOptions,
  context: Context,
  identity?: TlsIdentity,
): Promise<EstClient> {
  const url = await estUrl(context);
  const trust = await serverTrust(url, options, context);
  return new EstClient({
    ...{ url, trust, clock: context.clock },
    identity: identity ?? (await configuredIdentity(context)),
    login: await loginFor(context, { asks: identity === undefined }),
  });
}

/** As {@link openEst}, for what a server tells everybody. */
export async function openEstAnonymously(
  options: EstServerOptions,
  context: Context,
): Promise<EstClient> {
  const url = await estUrl(context);
  const trust = await serverTrust(url, options, context);
  return new EstClient({ url, trust, clock: context.clock });
}

async function serverTrust(
  url: URL,
  options: EstServerOptions,
  context: Context,
): Promise<ServerTrust> {
  const wanted = (options.fingerprint ?? []).map(parseFingerprint);
  const { value } = (await context.session()).settings['est.ca'];
  if (value === undefined) return trustForTheFirstTime(url, wanted, context);
  if (value === 'system' && wanted.length === 0) return { kind: 'system' };
  const known = value === 'system' ? [] : readAnchors([value]);
  const missing = wanted.find((one) => !known.some(({ fingerprint }) => fingerprint === one));
  if (missing === undefined) return { kind: 'anchors', pem: known.map(certificateToPem).join('') };
  throw new MsgError('enrolment-untrusted', `est.ca (${value}) has no certificate ${missing}`, {
    hint: '--fingerprint is for the first time; leave it out, or unset est.ca',
  });
}

async function loginFor(context: Context, { asks }: { readonly asks: boolean }) {
  const session = await context.session();
  const username = session.settings['est.username'].value;
  const reference = session.settings['est.password'].value;
  if (username === undefined || (!asks && reference.kind === 'prompt')) return undefined;
  const what = `the password of ${username} at the EST server`;
  const password = await session.secret(reference, what, '--est-password');
  return { username, password: password.reveal() };
}

async function configuredIdentity(context: Context): Promise<TlsIdentity | undefined> {
  const session = await context.session();
  const [certificate, key] = [
    session.settings['est.cert'].value,
    session.settings['est.key'].value,
  ];
  if (certificate === undefined && key === undefined) return undefined;
  const path = requireSetting(session.settings, 'est.key');
  const privateKey = await decodePrivateKey(readPrivate(path), path, async () => {
    const reference = session.settings['est.key-passphrase'].value;
    const what = `the passphrase of ${path}`;
    return (await session.secret(reference, what, '--est-key-passphrase')).reveal();
  });
  return {
    certificate: readPem(requireSetting(session.settings, 'est.cert'), 'est.cert'),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
