import { dirname, join } from 'node:path';
import type { Fingerprint } from '../domain/fingerprint.js';
import { MsgError } from '../errors.js';
import { EstClient } from '../identity/est/client.js';
import type { ServerTrust } from '../identity/est/exchange.js';
import { rootsAmong, showFingerprint } from '../identity/est/first-trust.js';
import { writeWhole } from '../identity/private-file.js';
import type { Context } from '../runtime.js';
import type { Certificate } from '../x509/certificate.js';
import { showDistinguishedName } from '../x509/distinguished-name.js';
import { certificateToPem } from '../x509/pem.js';
import { setInProfile } from './profile-setting.js';

/**
 * Decides whom to believe that the EST server is the right one, where the profile does not say: its
 * authority's own certificates are fetched from whoever answers (RFC 7030, section 4.1.1), and
 * somebody says which of them is the expected one. It is kept, and the profile names it from then on.
 *
 * @param wanted what a flag has said already
 * @throws MsgError `enrolment-untrusted` when it is not the expected one, `usage` when nobody can say.
 */
export async function trustForTheFirstTime(
  url: URL,
  wanted: readonly Fingerprint[],
  context: Context,
): Promise<ServerTrust> {
  const stranger = new EstClient({ url, trust: { kind: 'nobody' }, clock: context.clock });
  const certificates = await stranger.authorities();
  const chosen =
    wanted.length > 0
      ? certificates.filter(({ fingerprint }) => wanted.includes(fingerprint))
      : await confirmed(url, rootsAmong(certificates), context);
  if (chosen.length === 0) throw unexpected(url, rootsAmong(certificates));
  const pem = chosen.map(certificateToPem).join('');
  await keep(pem, context);
  return { kind: 'anchors', pem };
}

async function confirmed(
  url: URL,
  roots: readonly Certificate[],
  { report, prompter }: Context,
): Promise<readonly Certificate[]> {
  report.note(`${url.host} is not known yet; the authority behind it, as it says itself:`);
  for (const { subject, notAfter, fingerprint } of roots) {
    const until = new Date(notAfter).toISOString().slice(0, 10);
    report.note(`  ${showDistinguishedName(subject)} (until ${until})`);
    report.note(`  SHA-256 ${showFingerprint(fingerprint)}`);
  }
  const message = 'Did the authority give you this fingerprint on another way?';
  const isExpected = await prompter.confirm({
    message,
    flag: '--fingerprint SHA256, as the authority gave it to you; or name its certificate by est.ca',
    default: false,
  });
  return isExpected ? roots : [];
}

function unexpected({ host }: URL, roots: readonly Certificate[]): MsgError {
  const found = roots.map(({ fingerprint }) => showFingerprint(fingerprint)).join(', ');
  return new MsgError('enrolment-untrusted', `${host} is not the expected authority`, {
    hint: `it shows ${found}; ask the authority for its fingerprint, and nothing was sent`,
  });
}

async function keep(pem: string, context: Context): Promise<void> {
  const { configuration } = await context.session();
  const path = join(dirname(configuration.profileDirectories.keys), 'est-ca.pem');
  writeWhole(path, pem, { mode: 0o644, force: true });
  if (await setInProfile({ 'est.ca': path }, context)) return;
  context.report.warn(`the authority is kept in ${path}`, `set est.ca to it, or MSG_EST_CA`);
}
