import type { PeerName } from '../domain/peer-name.js';
import type { OwnKey } from '../envelope/types.js';
import { makeProof } from '../registry/proof.js';
import type { Address, PeerRecord } from '../registry/port.js';
import type { DirectoryWriter, Publication, WriteOutcome } from '../registry/writer-port.js';
import type { Certificate } from '../x509/certificate.js';

/** A certificate to be published as the next version of a peer. */
export interface Registration {
  readonly own: OwnKey;
  /** The issuers, nearest first, without the trust anchor. */
  readonly chain: readonly Certificate[];
  /** The peer's record as it is on the chain now. */
  readonly record: PeerRecord;
  readonly chainId: bigint;
  readonly directory: Address;
}

/** What was published. */
export interface Registered {
  readonly name: PeerName;
  readonly index: number;
  readonly outcome: WriteOutcome;
}

/**
 * Makes a certificate ready to be the next version: with the proof that the holder of its key wants
 * to be this version of this peer under its present owner (docs/registry.md).
 */
export async function preparePublication(registration: Registration): Promise<Publication> {
  const { own, chain, record, chainId, directory } = registration;
  const { name, owner } = record;
  const index = record.certificates.length;
  const { fingerprint, der: leaf } = own.certificate;
  const proof = await makeProof({ chainId, directory, name, owner, index, fingerprint }, own.key);
  return { name, index, leaf, chain: chain.map(({ der }) => der), proof };
}

/** Publishes a certificate as the next version; see {@link preparePublication}. */
export async function publishCertificate(
  registration: Registration,
  writer: DirectoryWriter,
): Promise<Registered> {
  const publication = await preparePublication(registration);
  const { name, index } = publication;
  return { name, index, outcome: await writer.publish(publication) };
}
