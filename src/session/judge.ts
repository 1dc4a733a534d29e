import type { Clock } from '../domain/environment.js';
import { requireSetting, type Settings } from '../config/resolve.js';
import type { PublishedLists } from '../crl/published-lists.js';
import { certificateFrom } from '../envelope/certificate-memory.js';
import type { CertificateJudge, CheckOutcome } from '../messaging/verify-peer.js';
import { ProofVerifier } from '../registry/proof.js';
import { namesPeer } from '../trust/naming.js';
import { CertificateError } from '../x509/certificate.js';
import { directoryOf } from './book.js';
import { PathJudge } from './path-judge.js';
import { reloading } from './stamp.js';
import { readRevocationLists } from './trust-files.js';
import { trustPathsOf, trustRulesOf, type TrustRule } from './trust-rules.js';

/** What can be said of a certificate without a directory: where it leads, and whom it names. */
export type CertificateTrust = Pick<CertificateJudge, 'path' | 'name'>;

/** What a profile's certificates are judged with. */
export interface JudgeTools {
  readonly clock: Clock;
  /** The lists of distribution points; absent where they are not to be asked. */
  readonly published?: PublishedLists | undefined;
}

/**
 * What a profile's trust settings say about certificates, whether or not the profile has a directory.
 * The files are read now.
 *
 * @throws MsgError `config`
 */
export function trustFor(settings: Settings, { clock, published }: JudgeTools): CertificateTrust {
  const rules = trustRulesOf(settings);
  const lists = { files: readRevocationLists(settings['trust.crls'].value ?? []), published };
  const judges = new Map<TrustRule, PathJudge>();
  const judgeBy = (rule: TrustRule): PathJudge => {
    const judge = judges.get(rule) ?? new PathJudge(rule, lists, clock);
    judges.set(rule, judge);
    return judge;
  };
  return {
    path({ certificate, chain, peer, at, patience = 'full', anew = false }) {
      const question = { certificate, intermediates: chain.flatMap(parsed) };
      return judgeBy(rules.ruleFor(peer)).judge(question, { at, patience, anew });
    },
    name(certificate, peer) {
      const { ok, message } = namesPeer(certificate, peer, rules.ruleFor(peer).naming);
      return { passed: ok, detail: message };
    },
  };
}

/**
 * The judge of a profile: its trust in certificates, and the proofs of its directory.
 *
 * @throws MsgError `config`
 */
export function judgeFor(settings: Settings, tools: JudgeTools): CertificateJudge {
  const trust = trustFor(settings, tools);
  const directory = directoryOf(settings);
  const chainId = requireSetting(settings, 'chain.id');
  const proofs = new ProofVerifier();
  return {
    ...trust,
    parse: certificateFrom,
    proof(certificate, name, { owner, index, fingerprint, proof }): CheckOutcome {
      const binding = { chainId, directory, name, owner, index, fingerprint };
      return proofs.verify(binding, certificate, proof)
        ? { passed: true, detail: `the certificate's key signed for the account ${owner}` }
        : { passed: false, detail: `the certificate's key did not sign for the account ${owner}` };
    },
  };
}

/** The judge of a profile, made anew when its anchors, rules or revocation lists have changed. */
export function reloadingJudge(
  settings: Settings,
  tools: JudgeTools,
  warn: (sentence: string) => void,
): CertificateJudge {
  const judge = reloading({
    paths: () => trustPathsOf(settings),
    make: () => judgeFor(settings, tools),
    clock: tools.clock,
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
    return [certificateFrom(der)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
