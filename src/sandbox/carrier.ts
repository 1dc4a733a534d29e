import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDirectory } from '../config/directories.js';
import { writeWhole } from '../identity/private-file.js';
import { openEmbeddedLog } from '../transport/embedded/embedded-log.js';
import type { KafkaConfig } from '../transport/kafka/config.js';
import { connectKafka } from '../transport/kafka/connect.js';
import type { Transport } from '../transport/port.js';
import { startBroker, type Broker } from './kafka/broker.js';
import { defaultCacheDirectory } from './kafka/distribution.js';
import type { Credentials } from './kafka/scram.js';
import { SANDBOX_PEERS, type NetworkOptions } from './network-parts.js';

/** What carries a sandbox's messages. */
export interface Carrier {
  /** A connection that may create topics and grant access. */
  readonly administration: Transport;
  /** The transport settings of a peer's profile. */
  profileOf(peer: string): Readonly<Record<string, string>>;
  readonly broker:
    { readonly url: string; readonly port: number; readonly pid: number } | undefined;
  /** Whether peers log in, and may do only what they were granted. */
  readonly isSecure: boolean;
  /** Lets a broker go on after this process. */
  release(): void;
  stop(): Promise<void>;
}

type CarrierOptions = Pick<
  NetworkOptions,
  'directory' | 'transport' | 'brokerPort' | 'clock' | 'random'
>;

/** Opens the embedded log, or starts the broker, going on where an earlier one had ended. */
export async function startCarrier(options: CarrierOptions): Promise<Carrier> {
  return options.transport === 'embedded' ? embeddedCarrier(options) : kafkaCarrier(options);
}

function embeddedCarrier({ directory, clock, random }: CarrierOptions): Carrier {
  const path = join(directory, 'log.db');
  const administration = openEmbeddedLog({ path, clock, random });
  return {
    administration,
    profileOf: () => ({ transport: `file:${path}` }),
    broker: undefined,
    isSecure: false,
    release: () => undefined,
    stop: () => administration.close(),
  };
}

async function kafkaCarrier(options: CarrierOptions): Promise<Carrier> {
  const { directory, transport, brokerPort, clock } = options;
  const isSecure = transport === 'kafka-secure';
  const users = isSecure ? credentialsOf(directory) : undefined;
  const broker = await startBroker({
    directory: join(directory, transport),
    cacheDirectory: defaultCacheDirectory(),
    ...(brokerPort === undefined ? {} : { port: brokerPort }),
    ...(users === undefined ? {} : { secure: users }),
  });
  const administration = connectKafka({
    ...connectionTo(broker, users?.admin),
    clientId: 'msg-sandbox',
    log: () => undefined,
    clock,
  });
  return {
    administration,
    profileOf: (peer) =>
      isSecure ? secureProfile(broker, directory, peer) : { transport: broker.url },
    broker: { url: broker.url, port: portOf(broker), pid: broker.pid },
    isSecure,
    release: () => {
      broker.release();
    },
    async stop() {
      await administration.close();
      await broker.stop();
    },
  };
}

function connectionTo(
  broker: Broker,
  user: Credentials | undefined,
): Pick<KafkaConfig, 'brokers' | 'tls' | 'sasl'> {
  if (user === undefined || broker.caCertificatePem === undefined) {
    return { brokers: [broker.bootstrap] };
  }
  const sasl = {
    mechanism: 'scram-sha-512',
    username: user.name,
    password: user.password,
  } as const;
  return { brokers: [broker.bootstrap], tls: { ca: broker.caCertificatePem }, sasl };
}

/** The administrator and every peer with a random password each, kept in files of their own. */
function credentialsOf(directory: string): { admin: Credentials; users: readonly Credentials[] } {
  const secrets = ensureDirectory(join(directory, 'passwords'));
  const credentials = (name: string): Credentials => {
    const path = join(secrets, name);
    if (!existsSync(path)) writeWhole(path, `${randomBytes(18).toString('base64url')}\n`);
    return { name, password: readFileSync(path, 'utf8').trim() };
  };
  return { admin: credentials('admin'), users: SANDBOX_PEERS.map(({ name }) => credentials(name)) };
}

function secureProfile(broker: Broker, directory: string, peer: string): Record<string, string> {
  const anchor = join(directory, 'broker-ca.pem');
  writeWhole(anchor, broker.caCertificatePem ?? '', { mode: 0o644, force: true });
  return {
    transport: broker.url,
    'transport.ca': anchor,
    'transport.sasl': 'scram-sha-512',
    'transport.username': peer,
    'transport.password': `file:${join(directory, 'passwords', peer)}`,
  };
}

function portOf({ bootstrap }: Broker): number {
  return Number(bootstrap.slice(bootstrap.lastIndexOf(':') + 1));
}
