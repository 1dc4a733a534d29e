import { requireSetting, type Settings } from '../config/resolve.js';
import type { Secret, SecretReference } from '../config/secret.js';
import type { Clock, RandomSource } from '../domain/environment.js';
import type { LogProcess } from '../transport/embedded/membership.js';
import type { Transport } from '../transport/port.js';

/** What opening a transport depends on. */
export interface TransportSources {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly process: LogProcess;
  readonly secret: (reference: SecretReference, what: string, flag: string) => Promise<Secret>;
  readonly debug: (line: string) => void;
}

/**
 * The transport that the settings name, opened by the first call: the adapter's code is loaded then,
 * and the password asked for.
 */
export async function openTransport(sources: TransportSources): Promise<Transport> {
  const address = requireSetting(sources.settings, 'transport');
  if (address.kind === 'embedded') {
    const { openEmbeddedLog } = await import('../transport/embedded/embedded-log.js');
    const { clock, random, process } = sources;
    return openEmbeddedLog({ path: address.path, clock, random, process });
  }
  const { connectKafka } = await import('../transport/kafka/connect.js');
  const tls = address.tls ? await brokerTls(sources) : undefined;
  const sasl = await saslOf(sources);
  return connectKafka({
    brokers: address.brokers,
    clientId: 'msg',
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    log: (level, line) => {
      sources.debug(`${level}: ${line}`);
    },
    clock: sources.clock,
  });
}

/** Whether there is a log, and no secret on the way to it that somebody, or a program, is asked for. */
export function isReachedUnasked(settings: Settings): boolean {
  if (settings.transport.value === undefined) return false;
  const secrets = [settings['transport.password'], settings['transport.key-passphrase']];
  return secrets.every(
    ({ value }) => typeof value !== 'object' || value.kind === 'file' || value.kind === 'env',
  );
}

async function brokerTls({ settings, secret }: TransportSources) {
  const { tlsOf } = await import('./broker-tls.js');
  return tlsOf(settings, secret);
}

async function saslOf({ settings, secret }: TransportSources) {
  const mechanism = settings['transport.sasl'].value;
  if (mechanism === undefined) return undefined;
  const username = requireSetting(settings, 'transport.username');
  const reference = requireSetting(settings, 'transport.password');
  const password = await secret(reference, 'the password at the brokers', '--transport-password');
  return { mechanism, username, password: password.reveal() };
}

/**
 * A transport that is opened when it is first used, so that whatever does not need it neither loads
 * its code nor asks for a password.
 */
export class LazyTransport implements Transport {
  readonly kind: Transport['kind'];
  readonly #open: () => Promise<Transport>;
  #opened: Promise<Transport> | undefined;

  constructor(kind: Transport['kind'], open: () => Promise<Transport>) {
    this.kind = kind;
    this.#open = open;
  }

  #transport(): Promise<Transport> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  reachOut() {
    this.#transport().then(
      (transport) => {
        transport.reachOut();
      },
      () => undefined,
    );
  }

  async partitionFor(...args: Parameters<Transport['partitionFor']>) {
    return (await this.#transport()).partitionFor(...args);
  }

  async publish(...args: Parameters<Transport['publish']>) {
    return (await this.#transport()).publish(...args);
  }

  async subscribe(...args: Parameters<Transport['subscribe']>) {
    return (await this.#transport()).subscribe(...args);
  }

  async positions(...args: Parameters<Transport['positions']>) {
    return (await this.#transport()).positions(...args);
  }

  async limits(...args: Parameters<Transport['limits']>) {
    return (await this.#transport()).limits(...args);
  }

  async ensureTopic(...args: Parameters<Transport['ensureTopic']>) {
    return (await this.#transport()).ensureTopic(...args);
  }

  async locate(...args: Parameters<Transport['locate']>) {
    return (await this.#transport()).locate(...args);
  }

  async appendTimes(...args: Parameters<Transport['appendTimes']>) {
    return (await this.#transport()).appendTimes(...args);
  }

  async isBeingRead(...args: Parameters<Transport['isBeingRead']>) {
    return (await this.#transport()).isBeingRead(...args);
  }

  async moveGroup(...args: Parameters<Transport['moveGroup']>) {
    return (await this.#transport()).moveGroup(...args);
  }

  async access(...args: Parameters<Transport['access']>) {
    return (await this.#transport()).access(...args);
  }

  async grant(...args: Parameters<Transport['grant']>) {
    return (await this.#transport()).grant(...args);
  }

  async revoke(...args: Parameters<Transport['revoke']>) {
    return (await this.#transport()).revoke(...args);
  }

  async close() {
    await (await this.#opened?.catch(() => undefined))?.close();
  }
}
