import type { Clock } from '../domain/environment.js';
import { requireSetting, type Settings } from '../config/resolve.js';
import type { CertificateJudge, PeerStep } from '../messaging/verify-peer.js';
import { parseAddress } from '../registry/address.js';
import { verifyProof } from '../registry/proof.js';
import { namesPeer, parseNamingPolicy } from '../trust/naming.js';
import { explainRefusal, type PathReason } from '../trust/verdict.js';
import { VerdictCache } from '../trust/verdict-cache.js';
import { CertificateError } from '../x509/certificate.js';
import { parseCertificate } from '../x509/parse.js';
import { reloading } from './stamp.js';
import { readAnchors, readRevocationLists } from './trust-files.js';

/** What can be said of a certificate without a directory: where it leads, and whom it names. */
export type CertificateTrust = Pick<CertificateJudge, 'path' | 'name'>;

/**
 * What a profile's trust settings say about certificates, whether or not the profile has a directory.
 * The files are read now: a profile whose anchors cannot be read must not judge at all.
 *
 * A path is judged for the time in question, which for a message is when the log received it;
 * revocation for now, whenever that was. A certificate that has expired since is on no list any more,
 * so its revocation is not asked for.
 *
 * @throws MsgError `config`
 */
export function trustFor(settings: Settings, clock: Clock): CertificateTrust {
  const anchors = readAnchors(requireSetting(settings, 'trust.anchors'));
  const crls = readRevocationLists(settings['trust.crls'].value ?? []);
  const revocation = settings['trust.revocation'].value;
  const paths = new VerdictCache({ anchors, crls: [], revocation: 'off' });
  const today = new VerdictCache({ anchors, crls, revocation });
  const policy = parseNamingPolicy(settings['trust.naming'].value);
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- a CRL may have to be fetched
    async path({ certificate, chain, at }) {
      const intermediates = chain.flatMap(parsed);
      const verdict = paths.validate(certificate, intermediates, at);
      if (!verdict.ok) return { passed: false, detail: explainRefusal(verdict) };
      const current = today.validate(certificate, intermediates, clock());
      if (!current.ok && REVOCATION.has(current.reason)) {
        return { passed: false, detail: explainRefusal(current) };
      }
      const anchor = verdict.path.at(-1)?.fingerprint.slice(0, 16) ?? '';
      return { passed: true, detail: `leads to the trust anchor ${anchor}` };
    },
    name(certificate, peer) {
      const { ok, message } = namesPeer(certificate, peer, policy);
      return { passed: ok, detail: message };
    },
  };
}

/**
 * The judge of a profile: its trust in certificates, and the proofs of its directory.
 *
 * @throws MsgError `config`
 */
export function judgeFor(settings: Settings, clock: Clock): CertificateJudge {
  const trust = trustFor(settings, clock);
  const directory = parseAddress(requireSetting(settings, 'directory'));
  const chainId = requireSetting(settings, 'chain.id');
  return {
    ...trust,
    parse: parseCertificate,
    proof(certificate, name, { owner, index, fingerprint, proof }): Omit<PeerStep, 'check'> {
      const binding = { chainId, directory, name, owner, index, fingerprint };
      return verifyProof(binding, certificate, proof)
        ? { passed: true, detail: `the certificate's key signed for the account ${owner}` }
        : { passed: false, detail: `the certificate's key did not sign for the account ${owner}` };
    },
  };
}

/** What the revocation lists have to say about a certificate. */
const REVOCATION: ReadonlySet<PathReason> = new Set(['revoked', 'revocation-unknown']);

/** The judge of a profile, made anew when its anchors or revocation lists have changed. */
export function reloadingJudge(
  settings: Settings,
  clock: Clock,
  warn: (sentence: string) => void,
): CertificateJudge {
  const anchors = requireSetting(settings, 'trust.anchors');
  const judge = reloading({
    paths: [...anchors, ...(settings['trust.crls'].value ?? [])],
    make: () => judgeFor(settings, clock),
    clock,
    onFailure: (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      warn(`anchors and revocation lists stay as they were: ${reason}`);
    },
  });
  return {
    parse: (der) => judge.current().parse(der),
    path: (input) => judge.current().path(input),
    name: (certificate, peer) => judge.current().name(certificate, peer),
    proof: (certificate, peer, version) => judge.current().proof(certificate, peer, version),
  };
}

/** What a peer published beside its certificate helps or does not; nothing of it is trusted. */
function parsed(der: Uint8Array) {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
