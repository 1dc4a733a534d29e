import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePem } from '../../src/asn1/pem.js';
import { generateKey } from '../../src/identity/software-key.js';
import { saveAuthority } from '../../src/sandbox/authority-files.js';
import { createAuthority, type Authority } from '../../src/sandbox/authority.js';
import type { ExtraListener } from '../../src/sandbox/kafka/options.js';
import { claimPort } from '../../src/sandbox/port.js';
import { ADMIN, USERS } from './kafka-users.js';

/** The shared secure broker's ways in besides SCRAM over TLS. */
export const LISTENERS = ['plainLogin', 'clientCertificate', 'expired', 'open'] as const;

/** A way in: SASL PLAIN over TLS, mutual TLS, a server certificate that has expired, no TLS at all. */
export type ListenerName = (typeof LISTENERS)[number];

/** What the shared secure broker listens with, besides its clients' usual listener. */
export interface ExtraListeners {
  readonly listeners: readonly ExtraListener[];
  readonly ports: Readonly<Record<ListenerName, number>>;
  /** Where {@link saveAuthority} keeps the authority of client certificates. */
  readonly clientAuthority: string;
  /** The anchor of the certificate that has expired, PEM. */
  readonly expiredAnchor: string;
}

const DAY = 86_400_000;

/** Makes them up: ports, keys, certificates, an authority. */
export async function extraListeners(directory: string): Promise<ExtraListeners> {
  mkdirSync(directory, { recursive: true });
  const clients = await createAuthority(environment('CN=client authority'));
  saveAuthority(clients, directory);
  const servers = await createAuthority(environment('CN=authority of the expired'));
  const store = join(directory, 'expired.pem');
  writeFileSync(store, await expiredStore(servers), { mode: 0o600 });
  const [plainLogin, clientCertificate, expired, open] = [
    await claimPort(0),
    await claimPort(0),
    await claimPort(0),
    await claimPort(0),
  ];
  return {
    ports: { plainLogin, clientCertificate, expired, open },
    clientAuthority: directory,
    expiredAnchor: writePem('CERTIFICATE', servers.root.der),
    listeners: [
      { name: 'PLAINLOGIN', port: plainLogin, protocol: 'SASL_SSL', settings: plainSettings() },
      {
        ...{ name: 'MUTUAL', port: clientCertificate, protocol: 'SSL' },
        settings: {
          'ssl.client.auth': 'required',
          'ssl.truststore.type': 'PEM',
          'ssl.truststore.location': join(directory, 'root.pem'),
        },
      },
      {
        ...{ name: 'EXPIRED', port: expired, protocol: 'SSL' },
        settings: { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': store },
      },
      { name: 'OPEN', port: open, protocol: 'PLAINTEXT' },
    ],
  };
}

function environment(name: string) {
  return { name, clock: Date.now, random: (length: number) => randomBytes(length) };
}

function plainSettings(): Record<string, string> {
  const users = [ADMIN, ...USERS].map(({ name, password }) => `user_${name}="${password}"`);
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  return {
    'sasl.enabled.mechanisms': 'PLAIN',
    'plain.sasl.jaas.config': `${module} required ${users.join(' ')};`,
  };
}

/** Key and certificate for 127.0.0.1, good until yesterday. */
async function expiredStore(authority: Authority): Promise<string> {
  const key = generateKey('p256');
  const certificate = await authority.issue({
    ...{ subject: 'CN=expired broker', spki: key.spki, use: 'tls-server' },
    names: [{ type: 'ip', value: '127.0.0.1' }],
    notBefore: Date.now() - 30 * DAY,
    notAfter: Date.now() - DAY,
  });
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return pem + writePem('CERTIFICATE', certificate.der);
}
