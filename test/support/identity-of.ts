import type { SoftwareKey } from '../../src/identity/software-key.js';
import type { Authority } from '../../src/sandbox/authority.js';
import type { Session } from '../../src/session/session.js';
import { certificateToPem } from '../../src/x509/pem.js';
import type { TestPeer } from './pki.js';

/** A peer's certificate and key, as the peer itself or a thief has them. */
export async function identityOf(
  session: Session,
  name: string,
  authority: Authority,
): Promise<TestPeer> {
  const { own, chain } = await session.ownKeys().signing();
  const { certificate } = own;
  const key = own.key as SoftwareKey;
  const keyPem = key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const pem = { certificatePem: certificateToPem(certificate), keyPem };
  const rootPem = certificateToPem(authority.root);
  return { name, certificate, key, chain, authority, ...pem, rootPem };
}
