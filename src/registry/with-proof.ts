import { CertificateError } from '../x509/certificate.js';
import type { Certificate } from '../x509/certificate.js';
import { parseCertificate } from '../x509/parse.js';
import type { Address, CertificateVersion, PeerRecord } from './port.js';
import { verifyProof } from './proof.js';

/** A version of a peer's certificate. */
export interface OwnedVersion {
  readonly peer: PeerRecord;
  readonly version: CertificateVersion;
}

/** Of several peers that published one certificate, the one that proved to hold its key. */
export function withProof(
  found: readonly OwnedVersion[],
  directory: { readonly chainId: bigint; readonly address: Address },
): OwnedVersion | undefined {
  return found
    .flatMap(({ peer }) => peer.certificates.map((version) => ({ peer, version })))
    .filter(({ version }) => version.fingerprint === found[0]?.version.fingerprint)
    .find((one) => isProven(one, directory));
}

function isProven(
  { peer, version }: OwnedVersion,
  { chainId, address }: { readonly chainId: bigint; readonly address: Address },
): boolean {
  const { owner, index, fingerprint } = version;
  const certificate = parsed(version.leaf);
  if (certificate === undefined) return false;
  const binding = { chainId, directory: address, name: peer.name, owner, index, fingerprint };
  return verifyProof(binding, certificate, version.proof);
}

function parsed(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}
