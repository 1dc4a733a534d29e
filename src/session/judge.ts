import { requireSetting, type Settings } from '../config/resolve.js';
import type { CertificateJudge, PeerStep } from '../messaging/verify-peer.js';
import { parseAddress } from '../registry/address.js';
import { verifyProof } from '../registry/proof.js';
import { namesPeer, parseNamingPolicy } from '../trust/naming.js';
import { explainRefusal } from '../trust/verdict.js';
import { VerdictCache } from '../trust/verdict-cache.js';
import { CertificateError } from '../x509/certificate.js';
import { parseCertificate } from '../x509/parse.js';
import { readAnchors, readRevocationLists } from './trust-files.js';

/**
 * The judge that a profile's trust settings make. The files are read now: a profile whose anchors
 * cannot be read must not judge at all.
 *
 * @throws MsgError `config`
 */
export function judgeFor(settings: Settings): CertificateJudge {
  const anchors = readAnchors(requireSetting(settings, 'trust.anchors'));
  const crls = readRevocationLists(settings['trust.crls'].value ?? []);
  const revocation = settings['trust.revocation'].value;
  const verdicts = new VerdictCache({ anchors, crls, revocation });
  const policy = parseNamingPolicy(settings['trust.naming'].value);
  const directory = parseAddress(requireSetting(settings, 'directory'));
  const chainId = requireSetting(settings, 'chain.id');
  return {
    parse: parseCertificate,
    path({ certificate, chain, at }) {
      const intermediates = chain.flatMap(parsed);
      const verdict = verdicts.validate(certificate, intermediates, at);
      if (!verdict.ok) return { passed: false, detail: explainRefusal(verdict) };
      const anchor = verdict.path.at(-1)?.fingerprint.slice(0, 16) ?? '';
      return { passed: true, detail: `leads to the trust anchor ${anchor}` };
    },
    name(certificate, peer) {
      const { ok, message } = namesPeer(certificate, peer, policy);
      return { passed: ok, detail: message };
    },
    proof(certificate, name, { owner, index, fingerprint, proof }): Omit<PeerStep, 'check'> {
      const binding = { chainId, directory, name, owner, index, fingerprint };
      return verifyProof(binding, certificate, proof)
        ? { passed: true, detail: `the certificate's key signed for the account ${owner}` }
        : { passed: false, detail: `the certificate's key did not sign for the account ${owner}` };
    },
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
