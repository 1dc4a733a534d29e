import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePem } from '../../asn1/pem.js';
import { generateKey } from '../../identity/software-key.js';
import { createAuthority } from '../authority.js';
import type { BrokerStores } from './server-properties.js';

/** The distinguished name of a broker's certificate, and its principal on the inner listeners. */
export const BROKER_SUBJECT = 'CN=msg sandbox broker';

/**
 * Founds a private authority, issues a certificate for 127.0.0.1 and localhost, and writes both as
 * the PEM stores that Kafka reads (KIP-651). The authority's key is not kept.
 */
export async function writeBrokerStores(directory: string): Promise<BrokerStores> {
  const environment = { clock: Date.now, random: (length: number) => randomBytes(length) };
  const authority = await createAuthority({
    ...environment,
    name: 'CN=msg sandbox broker authority',
  });
  const key = generateKey('p256');
  const certificate = await authority.issue({
    subject: BROKER_SUBJECT,
    spki: key.spki,
    names: [
      { type: 'ip', value: '127.0.0.1' },
      { type: 'dns', value: 'localhost' },
    ],
    use: 'tls-server',
    purposes: ['serverAuth', 'clientAuth'],
    notAfter: environment.clock() + TEN_YEARS,
  });
  const stores = brokerStores(directory);
  const privateKey = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const chain = writePem('CERTIFICATE', certificate.der);
  await writeFile(stores.keyStore, privateKey + chain, { mode: 0o600 });
  await writeFile(stores.trustStore, writePem('CERTIFICATE', authority.root.der));
  return stores;
}

/** Where a broker's PEM stores lie. */
export function brokerStores(directory: string): BrokerStores {
  return { keyStore: join(directory, 'broker.pem'), trustStore: join(directory, 'ca.pem') };
}

const TEN_YEARS = 3650 * 86_400_000;
