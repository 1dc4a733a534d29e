import type {
  AccessRule,
  OutgoingRecord,
  Position,
  Published,
  SubscribeOptions,
  Subscription,
  TopicLimits,
  TopicSpec,
  Transport,
} from '../port.js';
import { grant, revoke } from './access.js';
import { Administration } from './administration.js';
import type { KafkaConfig } from './config.js';
import { Publisher } from './publisher.js';
import { Topics } from './topics.js';

/**
 * Opens the Kafka transport. Nothing is connected before it is needed, so wrong settings show at the
 * first call and not here.
 */
export function connectKafka(config: KafkaConfig): Transport {
  return new KafkaTransport(config);
}

class KafkaTransport implements Transport {
  readonly kind = 'kafka';
  readonly #config: KafkaConfig;
  readonly #administration: Administration;
  readonly #topics: Topics;
  readonly #publisher: Publisher;
  readonly #subscriptions = new Set<Subscription>();

  constructor(config: KafkaConfig) {
    this.#config = config;
    this.#administration = new Administration(config);
    this.#topics = new Topics(this.#administration);
    this.#publisher = new Publisher(config, (topic) => this.#topics.largestRecordSet(topic));
  }

  partitionFor(topic: string, key: string): Promise<number> {
    return this.#publisher.partitionFor(topic, key);
  }

  publish(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<Published> {
    return this.#publisher.publish(topic, partition, records);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const { subscribe } = await import('./subscription.js');
    const subscription = await subscribe(this.#config, this.#topics, options);
    this.#subscriptions.add(subscription);
    const forget = (): unknown => this.#subscriptions.delete(subscription);
    subscription.finished.then(forget, forget);
    return subscription;
  }

  positions(topic: string, group: string): Promise<readonly Position[]> {
    return this.#topics.positions(topic, group);
  }

  limits(topic: string): Promise<TopicLimits> {
    return this.#topics.limits(topic);
  }

  ensureTopic(spec: TopicSpec): Promise<'created' | 'exists'> {
    return this.#topics.ensure(spec);
  }

  grant(rule: AccessRule): Promise<void> {
    return grant(this.#administration, rule);
  }

  revoke(rule: AccessRule): Promise<void> {
    return revoke(this.#administration, rule);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await Promise.all([this.#publisher.close(), this.#administration.close()]);
  }
}
