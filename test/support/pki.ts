import { randomBytes } from 'node:crypto';
import { writePem } from '../../src/asn1/pem.js';
import { generateKey, type KeyType, type SoftwareKey } from '../../src/identity/software-key.js';
import {
  createAuthority,
  type Authority,
  type CertificateTerms,
} from '../../src/sandbox/authority.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { certificateToPem } from '../../src/x509/pem.js';

/** A peer for tests: structurally an OwnKey, with everything in PEM besides. */
export interface TestPeer {
  readonly name: string;
  readonly certificate: Certificate;
  readonly key: SoftwareKey;
  /** Between the certificate and the root; empty when the root itself has issued it. */
  readonly chain: readonly Certificate[];
  readonly authority: Authority;
  readonly certificatePem: string;
  /** PKCS#8, not encrypted. */
  readonly keyPem: string;
  /** The trust anchor. */
  readonly rootPem: string;
}

/** What else a test may want to decide about a peer's certificate. */
export interface TestPeerOptions extends CertificateTerms {
  /** By default one authority for the whole test process. */
  readonly authority?: Authority;
  /** RFC 4514 text; by default `CN=<name>,O=Test`. */
  readonly subject?: string;
}

let shared: Promise<Authority> | undefined;

/** An authority of one's own, by the real clock. */
export function makeAuthority(options: { intermediate?: boolean } = {}): Promise<Authority> {
  return createAuthority({ ...options, clock: Date.now, random: randomBytes });
}

/** A new key, and a message certificate for `msg://<name>` from the test process's authority. */
export async function makePeer(
  name: string,
  kind: KeyType | 'rsa' = 'p256',
  options: TestPeerOptions = {},
): Promise<TestPeer> {
  const authority = options.authority ?? (await (shared ??= makeAuthority()));
  const key = generateKey(kind === 'rsa' ? 'rsa2048' : kind);
  const certificate = await authority.issue({
    ...options,
    subject: options.subject ?? `CN=${name},O=Test`,
    spki: key.spki,
    names: [{ type: 'uri', value: `msg://${name}` }],
  });
  return {
    ...{ name, certificate, key, authority },
    chain: authority.chain,
    certificatePem: certificateToPem(certificate),
    keyPem: writePem('PRIVATE KEY', key.privateKey.export({ format: 'der', type: 'pkcs8' })),
    rootPem: certificateToPem(authority.root),
  };
}
