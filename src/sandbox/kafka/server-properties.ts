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
  /** Goes last, so it may replace any other setting. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The `server.properties` of one node that is its own KRaft controller. */
export function serverProperties(options: PropertiesOptions): string {
  const { ports, dataDirectory, secure, overrides } = options;
  const settings: Readonly<Record<string, string>> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDirectory,
    ...SINGLE_NODE,
    ...(secure === undefined ? plainListeners(ports) : secureListeners(ports, secure)),
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

function plainListeners({ client, controller }: BrokerPorts): Record<string, string> {
  return {
    listeners: `CLIENT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${client}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'CLIENT',
  };
}

/**
 * Clients prove themselves with SCRAM over TLS; the broker proves itself to itself with its
 * certificate, so that nobody at all is `User:ANONYMOUS`.
 */
function secureListeners(
  { client, controller, internal }: BrokerPorts,
  { stores, superUsers }: NonNullable<PropertiesOptions['secure']>,
): Record<string, string> {
  return {
    listeners: `CLIENT://127.0.0.1:${client},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${client},INTERNAL://127.0.0.1:${internal}`,
    'listener.security.protocol.map': 'CLIENT:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'INTERNAL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': stores.keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': stores.trustStore,
    'listener.name.internal.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': superUsers.map((name) => `User:${name}`).join(';'),
  };
}
