import type {
  AccessRule,
  AccessView,
  GroupMove,
  OutgoingRecord,
  Place,
  Position,
  Published,
  SubscribeOptions,
  Subscription,
  TopicLimits,
  TopicSpec,
  Transport,
} from '../port.js';
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
  #isClosed = false;

  constructor(config: KafkaConfig) {
    this.#config = config;
    this.#administration = new Administration(config);
    this.#topics = new Topics(this.#administration);
    this.#publisher = new Publisher(config, (topic) => this.#topics.largestRecordSet(topic));
  }

  reachOut(): void {
    this.#publisher.reachOut();
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
    // It may have come about only because what it asked first was hung up on.
    if (this.#isClosed) await subscription.stop();
    return subscription;
  }

  positions(topic: string, group: string): Promise<readonly Position[]> {
    return this.#topics.positions(topic, group);
  }

  async locate(topic: string, place: Place): Promise<ReadonlyMap<number, bigint>> {
    const { locate } = await import('./start-position.js');
    return locate(this.#topics, topic, place);
  }

  async appendTimes(
    topic: string,
    offsets: ReadonlyMap<number, bigint>,
  ): Promise<ReadonlyMap<number, number>> {
    const { appendTimes } = await import('./append-times.js');
    return appendTimes(this.#administration, topic, offsets);
  }

  async isBeingRead(topic: string, group: string): Promise<boolean> {
    const { isBeingRead } = await import('./group-move.js');
    return isBeingRead(this.#administration, topic, group);
  }

  async moveGroup(move: GroupMove): Promise<void> {
    const { moveGroup } = await import('./group-move.js');
    return moveGroup(this.#administration, move);
  }

  limits(topic: string): Promise<TopicLimits> {
    return this.#topics.limits(topic);
  }

  ensureTopic(spec: TopicSpec): Promise<'created' | 'exists'> {
    return this.#topics.ensure(spec);
  }

  async access(topics?: readonly string[]): Promise<AccessView> {
    const { readAccess } = await import('./access-view.js');
    return readAccess(this.#administration, topics);
  }

  async grant(rules: readonly AccessRule[]): Promise<void> {
    const { grant } = await import('./access.js');
    return grant(this.#administration, rules);
  }

  async revoke(rules: readonly AccessRule[]): Promise<void> {
    const { revoke } = await import('./access.js');
    return revoke(this.#administration, rules);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await Promise.all([this.#publisher.close(), this.#administration.close()]);
  }
}
