import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/environment.js';
import { newUuid } from '../../domain/uuid.js';
import { MsgError } from '../../errors.js';
import { isIoError } from '../../sqlite/failure.js';
import {
  type AccessRule,
  type AccessView,
  type GroupMove,
  type OutgoingRecord,
  type Place,
  type Position,
  PublishOutcomeUnknown,
  type Published,
  type SubscribeOptions,
  type Subscription,
  type TopicLimits,
  type TopicSpec,
  type Transport,
} from '../port.js';
import { ChangeSignal } from './change-signal.js';
import { locate } from './first-offset.js';
import { isBeingRead, moveGroup, type Reader } from './group-move.js';
import { LogFile, type LogFileOptions } from './log-file.js';
import type { LogPartition, LogStore } from './log-store.js';
import type { LogProcess } from './membership.js';
import { Retention } from './retention.js';
import { EmbeddedSubscription } from './subscription.js';

/** What a Kafka broker takes in one record by default, so that what works here works there. */
const LARGEST_RECORD = 1_048_515;
/** Taken off the largest record for its key and headers. */
const ROOM_FOR_HEADERS = 4096;
/** For how long a group waits for a silent member, in milliseconds. */
const LEASE = 10_000;
/** Of this nobody can tell whether it has ended. */
const NAMELESS: LogProcess = { name: '', isGone: () => false };

/** What the embedded log needs. */
export interface EmbeddedLogOptions extends LogFileOptions {
  readonly clock: Clock;
  /** Where absent, a member that is killed holds up others until its lease is over. */
  readonly process?: LogProcess;
  /** For how long a member may be silent before others take its partitions, in milliseconds. */
  readonly lease?: number;
}

/**
 * An ordered log in one SQLite file, for the processes of one machine. Nothing is opened before the
 * first call; what was acknowledged is on the disk.
 */
export function openEmbeddedLog(options: EmbeddedLogOptions): Transport {
  return new EmbeddedLog(options);
}

class EmbeddedLog implements Transport {
  readonly kind = 'embedded';
  readonly #options: EmbeddedLogOptions;
  readonly #file: LogFile;
  readonly #retention: Retention;
  readonly #signals = new Map<LogStore, ChangeSignal>();
  readonly #subscriptions = new Set<Subscription>();

  constructor(options: EmbeddedLogOptions) {
    this.#options = options;
    this.#file = new LogFile(options);
    this.#retention = new Retention(options.clock);
  }

  reachOut(): void {
    // It is a file: there is nothing to wait for.
  }

  partitionFor(topic: string, key: string): Promise<number> {
    return settle(() => {
      const { partitions } = this.#file.store().topic(topic);
      return createHash('sha256').update(key).digest().readUInt32BE() % partitions.length;
    });
  }

  publish(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<Published> {
    return settle(() => {
      const store = this.#file.store();
      const { retention, partitions } = store.topic(topic);
      const at = partitions[partition] ?? noPartition(topic, partition);
      for (const record of records) refuseTooLarge(topic, record);
      const baseOffset = this.#append(store, at, records);
      this.#retention.apply(store, at, retention);
      this.#signals.get(store)?.notify();
      return { topic, partition, baseOffset };
    });
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    return settle(() => {
      const { clock, process = NAMELESS, lease = LEASE } = this.#options;
      const store = this.#file.store();
      const topic = store.topic(options.topic);
      const onTick = (): void => {
        this.#refuseReplaced(store);
        for (const at of topic.partitions) this.#retention.apply(store, at, topic.retention);
      };
      const signal = this.#signalOf(store);
      const resources = { store, topic, signal, clock, process, lease, onTick };
      const subscription = new EmbeddedSubscription(resources, options);
      this.#subscriptions.add(subscription);
      const forget = (): boolean => this.#subscriptions.delete(subscription);
      subscription.finished.then(forget, forget);
      return subscription;
    });
  }

  positions(topic: string, group: string): Promise<readonly Position[]> {
    return settle(() => {
      const store = this.#file.store();
      return store.topic(topic).partitions.map((at) => ({
        partition: at.id,
        ...store.bounds(at),
        ...store.committed(at, group),
      }));
    });
  }

  locate(topic: string, place: Place): Promise<ReadonlyMap<number, bigint>> {
    return settle(() => {
      const store = this.#file.store();
      const { partitions } = store.topic(topic);
      return new Map(partitions.map((at) => [at.id.partition, locate(store, at, place)]));
    });
  }

  appendTimes(
    topic: string,
    offsets: ReadonlyMap<number, bigint>,
  ): Promise<ReadonlyMap<number, number>> {
    return settle(() => {
      const store = this.#file.store();
      const times = new Map<number, number>();
      for (const at of store.topic(topic).partitions) {
        const offset = offsets.get(at.id.partition);
        const time = offset === undefined ? undefined : store.appendTime(at, offset);
        if (time !== undefined) times.set(at.id.partition, time);
      }
      return times;
    });
  }

  isBeingRead(topic: string, group: string): Promise<boolean> {
    return settle(() => {
      const store = this.#file.store();
      return isBeingRead(store, store.topic(topic), { group, ...this.#present() });
    });
  }

  moveGroup(move: GroupMove): Promise<void> {
    return settle(() => {
      const store = this.#file.store();
      moveGroup({ store, topic: store.topic(move.topic) }, move, this.#present());
    });
  }

  /** What tells who is still there. */
  #present(): Omit<Reader, 'group'> {
    const { clock, process = NAMELESS } = this.#options;
    return { now: clock(), isGone: process.isGone };
  }

  limits(topic: string): Promise<TopicLimits> {
    return settle(() => {
      const { retention } = this.#file.store().topic(topic);
      return { largestValue: LARGEST_RECORD - ROOM_FOR_HEADERS, retention, clock: 'log' };
    });
  }

  ensureTopic(spec: TopicSpec): Promise<'created' | 'exists'> {
    return settle(() => {
      const store = this.#file.store({ create: true });
      return store.createTopic(spec, newUuid(this.#options.random)) ? 'created' : 'exists';
    });
  }

  access(): Promise<AccessView> {
    return settle(() => this.#noAccessRules());
  }

  grant(rules: readonly AccessRule[]): Promise<void> {
    return settle(() => this.#noAccessRules(rules));
  }

  revoke(rules: readonly AccessRule[]): Promise<void> {
    return settle(() => this.#noAccessRules(rules));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    for (const signal of this.#signals.values()) signal.close();
    this.#file.close();
  }

  #append(store: LogStore, at: LogPartition, records: readonly OutgoingRecord[]): bigint {
    try {
      return store.append(at, records, this.#options.clock());
    } catch (error) {
      if (!isIoError(error)) throw error;
      // The commit may have reached the disk before the disk failed.
      throw new PublishOutcomeUnknown(`the log ${this.#file.path} failed`, { cause: error });
    }
  }

  #signalOf(store: LogStore): ChangeSignal {
    const signal = this.#signals.get(store) ?? new ChangeSignal(store.connection);
    this.#signals.set(store, signal);
    return signal;
  }

  #refuseReplaced(store: LogStore): void {
    if (this.#file.store() === store) return;
    throw new MsgError('broker-unreachable', `the log ${this.#file.path} was replaced`, {
      hint: 'start again to read the new one',
    });
  }

  #noAccessRules([rule]: readonly AccessRule[] = []): never {
    const topic = rule === undefined ? '' : ` for ${rule.topic}`;
    throw new MsgError('usage', `the log ${this.#file.path} keeps no access rules${topic}`, {
      hint: 'it is for one machine: who may read and write the file is a matter of its permissions (chmod, chgrp)',
    });
  }
}

/** The port is asynchronous, SQLite is not: what is thrown becomes a rejection. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function refuseTooLarge(topic: string, { key, value, headers }: OutgoingRecord): void {
  const size = value.length + Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(headers));
  if (size <= LARGEST_RECORD) return;
  throw new MsgError('too-large', `a record of ${size} bytes is too large for ${topic}`, {
    hint: `a record may have ${LARGEST_RECORD} bytes; larger contents go out in chunks`,
  });
}

function noPartition(topic: string, partition: number): never {
  throw new MsgError('not-found', `no partition ${partition} in topic ${topic}`);
}
