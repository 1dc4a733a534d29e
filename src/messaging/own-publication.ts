import { MsgError } from '../errors.js';
import type { Address, CertificateVersion, PeerRecord } from '../registry/port.js';
import type { Publication } from '../registry/writer-port.js';
import type { Certificate } from '../x509/certificate.js';
import { fingerprintOf } from '../domain/fingerprint.js';
import { peerRefused, verifyPeer, type CertificateJudge, type PeerCheck } from './verify-peer.js';

/**
 * The newest version, where nothing is left to publish: it is this certificate, not revoked, and
 * proven under the present owner.
 */
export function publishedVersion(
  record: PeerRecord,
  certificate: Certificate,
  judge: CertificateJudge,
): CertificateVersion | undefined {
  const newest = record.certificates.at(-1);
  if (newest === undefined || newest.revoked !== undefined) return undefined;
  const isThis = newest.fingerprint === certificate.fingerprint && newest.owner === record.owner;
  return isThis && judge.proof(certificate, record.name, newest).passed ? newest : undefined;
}

/**
 * Makes sure that an account may publish for a peer, before it pays for being refused.
 *
 * @throws MsgError `peer-inactive` for a removed peer, `not-authorised` for another account.
 */
export function requirePublisher(record: PeerRecord, account: Address): void {
  const { name, owner, operator, status } = record;
  if (status === 'removed') {
    throw new MsgError('peer-inactive', `${name} was removed from the directory`, {
      hint: 'a removed name is never given out again; ask the registrar for another one',
    });
  }
  if (account === owner || account === operator) return;
  throw new MsgError('not-authorised', `account ${account} may not publish for ${name}`, {
    hint: `use the account of its owner, ${owner}, or have the owner name yours as operator`,
  });
}

const HINTS: Readonly<Record<PeerCheck, string>> = {
  status: 'ask the registrar',
  version: 'revocation is final: make a new key with "msg identity create"',
  pin: 'import the certificate again with "msg identity import"',
  path: 'import it with all its issuers; compare trust.anchors with what your peers go by',
  validity: 'have another one issued: "msg cert renew", or "msg identity csr"',
  key: 'make a stronger key with "msg identity create"',
  use: 'have one issued for signing and for encryption; "msg cert inspect" shows what this one is for',
  revocation:
    'compare trust.crls with what your peers go by; trust.revocation says which certificates need a revocation list',
  name: "have a certificate issued that carries the peer's name as the setting trust.naming says",
  proof: 'the private key in the store has to be the one of the certificate',
};

/**
 * Judges a certificate that is about to be published as its readers will.
 *
 * @param at Unix milliseconds
 * @throws MsgError `certificate-own` with the reason for which they would refuse it,
 *   `revocation-unknown` where that cannot be told now.
 */
export async function requireAcceptable(
  { record, publication }: { readonly record: PeerRecord; readonly publication: Publication },
  judge: CertificateJudge,
  at: number,
): Promise<void> {
  const { index, leaf, chain, proof } = publication;
  const fingerprint = fingerprintOf(leaf);
  const earlier = record.certificates.filter((one) => one.fingerprint === fingerprint);
  const { revoked } = earlier.find((one) => one.revoked !== undefined) ?? { revoked: undefined };
  const version: CertificateVersion = {
    ...{ index, fingerprint, leaf, chain, proof, owner: record.owner, publishedAt: at, revoked },
  };
  const active: PeerRecord = { ...record, status: 'active' };
  const verdict = await verifyPeer({ record: active, version, at }, judge);
  if (verdict.trusted) return;
  if (verdict.failed.transient === true) throw peerRefused(record.name, verdict.failed);
  const { check, detail } = verdict.failed;
  throw new MsgError(
    'certificate-own',
    `no peer would accept the certificate for ${record.name}: ${detail}`,
    { hint: HINTS[check] },
  );
}
