import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePem } from '../../src/asn1/pem.js';
import { generateKey } from '../../src/identity/software-key.js';
import { loadAuthority } from '../../src/sandbox/authority-files.js';
import { createAuthority, type Authority } from '../../src/sandbox/authority.js';
import type { SecureTestBroker } from './kafka.js';

const DAY = 86_400_000;
const environment = { clock: Date.now, random: (length: number) => randomBytes(length) };

/** A client certificate and its key, PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a client certificate shall be. */
export interface ClientCertificateOptions {
  readonly subject: string;
  readonly authority?: Authority;
  readonly isExpired?: boolean;
  /** Encrypts the key. */
  readonly passphrase?: string;
}

/** Issues a client certificate, by the authority that the shared secure broker trusts for that. */
export async function clientCertificate(
  broker: SecureTestBroker,
  options: ClientCertificateOptions,
): Promise<ClientCertificate> {
  const { subject, isExpired, passphrase } = options;
  const authority = options.authority ?? loadAuthority(broker.clientAuthority, environment);
  const key = generateKey('p256');
  const now = Date.now();
  const certificate = await authority.issue({
    ...{ subject, spki: key.spki, use: 'tls-client' },
    ...(isExpired === true ? { notBefore: now - 9 * DAY, notAfter: now - DAY } : {}),
  });
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption });
  return { cert: writePem('CERTIFICATE', certificate.der), key: pem.toString() };
}

/** An authority that no broker knows. */
export function foreignAuthority(): Promise<Authority> {
  return createAuthority(environment);
}

/** Writes certificate and key as files, and gives the flags that name them. */
export function certificateFlags(
  { cert, key }: ClientCertificate,
  directory: string,
  name: string,
): string[] {
  const paths = { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  writeFileSync(paths.cert, cert);
  writeFileSync(paths.key, key, { mode: 0o600 });
  return ['--transport-cert', paths.cert, '--transport-key', paths.key];
}
