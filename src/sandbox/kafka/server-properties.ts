import type { ExtraListener } from './options.js';
import { SCRAM_MECHANISMS } from './scram.js';

/** The TCP ports of a single-node broker on 127.0.0.1. */
export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
  /** Where the broker talks to itself; used only when clients have to authenticate. */
  readonly internal: number;
}

/** The PEM files of a broker whose listeners use TLS. */
export interface BrokerStores {
  /** PKCS#8 key and certificate chain. */
  readonly keyStore: string;
  readonly trustStore: string;
}

/** What a broker's configuration is made of. */
export interface PropertiesOptions {
  readonly ports: BrokerPorts;
  readonly dataDirectory: string;
  readonly secure:
    { readonly stores: BrokerStores; readonly superUsers: readonly string[] } | undefined;
  readonly extraListeners: readonly ExtraListener[];
  /** Goes last, so it may replace any other setting. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The `server.properties` of one node that is its own KRaft controller. */
export function serverProperties(options: PropertiesOptions): string {
  const { ports, dataDirectory, secure, extraListeners, overrides } = options;
  const listeners = [
    ...(secure === undefined ? plainListeners(ports) : secureListeners(ports)),
    ...extraListeners,
  ];
  const settings: Readonly<Record<string, string>> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDirectory,
    ...SINGLE_NODE,
    'inter.broker.listener.name': secure === undefined ? 'CLIENT' : 'INTERNAL',
    ...describeListeners(listeners),
    ...(secure === undefined ? {} : security(secure)),
    ...overrides,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const SINGLE_NODE = {
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
};

function plainListeners({ client, controller }: BrokerPorts): readonly ExtraListener[] {
  return [
    { name: 'CLIENT', port: client, protocol: 'PLAINTEXT' },
    { name: CONTROLLER, port: controller, protocol: 'PLAINTEXT' },
  ];
}

/**
 * Clients prove themselves with SCRAM over TLS; the broker proves itself to itself with its
 * certificate, so that nobody at all is `User:ANONYMOUS`.
 */
function secureListeners({ client, controller, internal }: BrokerPorts): readonly ExtraListener[] {
  const required = { 'ssl.client.auth': 'required' };
  const jaas = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const login = Object.keys(SCRAM_MECHANISMS).map((mechanism) => [
    `${mechanism.toLowerCase()}.sasl.jaas.config`,
    jaas,
  ]);
  return [
    {
      ...{ name: 'CLIENT', port: client, protocol: 'SASL_SSL' },
      settings: Object.fromEntries(login) as Record<string, string>,
    },
    { name: 'INTERNAL', port: internal, protocol: 'SSL', settings: required },
    { name: CONTROLLER, port: controller, protocol: 'SSL', settings: required },
  ];
}

const CONTROLLER = 'CONTROLLER';

function describeListeners(listeners: readonly ExtraListener[]): Record<string, string> {
  const addresses = listeners.map(({ name, port }) => ({
    name,
    at: `${name}://127.0.0.1:${port}`,
  }));
  const own = listeners.flatMap(({ name, settings = {} }) =>
    Object.entries(settings).map(([key, value]) => [
      `listener.name.${name.toLowerCase()}.${key}`,
      value,
    ]),
  );
  return {
    listeners: addresses.map(({ at }) => at).join(','),
    'advertised.listeners': addresses
      .filter(({ name }) => name !== CONTROLLER)
      .map(({ at }) => at)
      .join(','),
    'listener.security.protocol.map': listeners
      .map(({ name, protocol }) => `${name}:${protocol}`)
      .join(','),
    ...(Object.fromEntries(own) as Record<string, string>),
  };
}

function security({
  stores,
  superUsers,
}: NonNullable<PropertiesOptions['secure']>): Record<string, string> {
  return {
    'sasl.enabled.mechanisms': Object.keys(SCRAM_MECHANISMS).join(','),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': stores.keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': stores.trustStore,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': superUsers.map((name) => `User:${name}`).join(';'),
  };
}
