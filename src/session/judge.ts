import { requireSetting, type Settings } from '../config/resolve.js';
import type { CertificateJudge } from '../messaging/verify-peer.js';
import { parseAddress } from '../registry/address.js';
import { verifyProof } from '../registry/proof.js';
import { parseCertificate } from '../x509/parse.js';

export function judgeFor(settings: Settings): CertificateJudge {
  const directory = parseAddress(requireSetting(settings, 'directory'));
  const chainId = requireSetting(settings, 'chain.id');
  return {
    parse: parseCertificate,
    path: () => ({ passed: true, detail: 'TEMP' }),
    name: () => ({ passed: true, detail: 'TEMP' }),
    proof(certificate, name, { owner, index, fingerprint, proof }) {
      const binding = { chainId, directory, name, owner, index, fingerprint };
      return verifyProof(binding, certificate, proof)
        ? { passed: true, detail: `the certificate's key signed for account ${owner}` }
        : { passed: false, detail: 'the proof of possession is wrong' };
    },
  };
}
