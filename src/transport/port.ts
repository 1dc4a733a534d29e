/** A record as it is handed to a transport: opaque bytes with a key and hints. */
export interface OutgoingRecord {
  readonly key: string;
  readonly value: Uint8Array;
  /** Unauthenticated hints; ASCII names and values. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A record as it lies in a topic. */
export interface StoredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When the log appended it, by the log's own clock, in Unix milliseconds. */
  readonly appendedAt: number;
  readonly key: string | undefined;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where records were appended. */
export interface Published {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the first record; undefined where an idempotent retry hides it. */
  readonly baseOffset: bigint | undefined;
}

/** Where a subscription begins. */
export type StartPosition =
  /** The lower of the position committed to the log and the one given; the earliest if neither. */
  | {
      readonly from: 'committed';
      readonly known: (partition: PartitionId) => Promise<bigint | undefined>;
    }
  /** Looking back, or ahead: these never move the group's position. */
  | { readonly from: 'earliest' }
  | { readonly from: 'latest' }
  | { readonly from: 'time'; readonly at: number }
  | { readonly from: 'offset'; readonly offset: bigint };

/** A place in a topic that is found by looking at the log. */
export type Place = Exclude<StartPosition, { readonly from: 'committed' }>;

/** A partition of a topic in one particular log. */
export interface PartitionId {
  /** Changes when the log is another one: another cluster, or a file made anew. */
  readonly clusterId: string;
  readonly topic: string;
  /** Kafka's topic id (KIP-516) or its like; changes when the topic was deleted and made anew. */
  readonly topicId: string | undefined;
  readonly partition: number;
}

/** Something a subscription noticed that is not a record. Shown to the operator, never fatal. */
export type SubscriptionNotice =
  /** The log no longer holds records that were never read: `from` up to, not including, `to`. */
  | {
      readonly kind: 'gap';
      readonly partition: PartitionId;
      readonly from: bigint;
      readonly to: bigint;
    }
  /** A record set this program cannot read (its compression is unknown); it was passed over. */
  | {
      readonly kind: 'unreadable';
      readonly partition: PartitionId;
      readonly from: bigint;
      readonly to: bigint;
      readonly reason: string;
    }
  /** The known position lies past the log's end: the topic or the log was made anew. */
  | { readonly kind: 'rewound'; readonly partition: PartitionId; readonly known: bigint }
  | { readonly kind: 'unreachable'; readonly since: number; readonly reason: string }
  | { readonly kind: 'reachable' };

/** How a subscription works. */
export interface SubscribeOptions {
  readonly topic: string;
  readonly group: string;
  readonly start: StartPosition;
  /** Goes with every committed position, so that a second ledger for the same group is noticed. */
  readonly commitMetadata: string;
  /**
   * Called with consecutive records of one partition, one call at a time a partition. When its
   * promise resolves the records are durable here, and their position is committed (unless the start
   * only looks back). When it rejects, the subscription ends with that error.
   */
  readonly onRecords: (records: readonly StoredRecord[], partition: PartitionId) => Promise<void>;
  readonly onNotice: (notice: SubscriptionNotice) => void;
  /** Called whenever all assigned partitions have been read up to their end. */
  readonly onCaughtUp: () => void;
  /** For how long the log may be unreachable before the subscription ends, in milliseconds. */
  readonly giveUpAfter: number;
}

/** A running subscription. */
export interface Subscription {
  /** Resolves after `stop`, rejects with a MsgError when it ended by itself. */
  readonly finished: Promise<void>;
  /** Finishes the call of `onRecords` in hand, commits its position and leaves. */
  stop(): Promise<void>;
}

/** Where a group stands in one partition; `lag` is `high - (committed ?? low)`. */
export interface Position {
  readonly partition: PartitionId;
  readonly low: bigint;
  /** The offset that the next record will get. */
  readonly high: bigint;
  readonly committed: bigint | undefined;
  /** The metadata of the last commit: the id of the ledger that made it. */
  readonly metadata: string | undefined;
}

/** What a topic can take. */
export interface TopicLimits {
  /** The largest value of a single record, in bytes, with room for key and headers taken off. */
  readonly largestValue: number;
  /** For how long records are kept, in milliseconds; undefined when for ever. */
  readonly retention: number | undefined;
  /**
   * Whose clock a record's time is: the log's own at the append, or whatever the producer wrote;
   * undefined where one may not ask.
   */
  readonly clock: 'log' | 'producer' | undefined;
}

/** A topic to be created when it is not there. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly retention: number;
  /** How many brokers keep each record; their own default where absent. */
  readonly replicas?: number;
}

/** New positions of a group that nobody reads with. */
export interface GroupMove {
  readonly topic: string;
  readonly group: string;
  /** The next offset to read, by partition; partitions that are left out stay where they are. */
  readonly to: ReadonlyMap<number, bigint>;
  /** As in {@link SubscribeOptions}. */
  readonly commitMetadata: string;
}

/** Who may do what with an inbox. */
export interface AccessRule {
  readonly topic: string;
  /** The group, for the inbox's owner; senders have none. */
  readonly group?: string;
  readonly principal: string;
  readonly role: 'owner' | 'sender';
}

/** What the access rules of a log say, at one moment. */
export interface AccessView {
  /** Whether everything that `grant` makes for a rule is there. */
  has(rule: AccessRule): boolean;
  /** The rules, whole or in part, that `revoke` would take back; groups are left out. */
  readonly rules: readonly Omit<AccessRule, 'group'>[];
  /** Who may write to a topic by rules of another shape: for a prefix, for everybody, for one host. */
  othersWriting(topic: string): readonly string[];
}

/**
 * What msg needs of an ordered log. Failures are MsgErrors: `broker-unreachable` (nothing was
 * appended), {@link PublishOutcomeUnknown} (it may have been), `not-authorised`, `too-large`,
 * `not-found` (no such topic); `usage` for what a log does not have, such as access rules.
 */
export interface Transport {
  readonly kind: 'kafka' | 'embedded';
  /** Lets the log be reached meanwhile, for one who is about to publish; whether it can be shows then. */
  reachOut(): void;
  /** The partition a message with this key goes to: the same for the same key and partition count. */
  partitionFor(topic: string, key: string): Promise<number>;
  /** Appends records in order; resolves when every in-sync replica has them. */
  publish(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<Published>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  positions(topic: string, group: string): Promise<readonly Position[]>;
  /** The offset at which a place lies, by partition: never before the first record or past the end. */
  locate(topic: string, place: Place): Promise<ReadonlyMap<number, bigint>>;
  /**
   * When the log appended the first record at or after an offset, in Unix milliseconds; partitions
   * without such a record are left out, and those whose record cannot be read.
   */
  appendTimes(
    topic: string,
    offsets: ReadonlyMap<number, bigint>,
  ): Promise<ReadonlyMap<number, number>>;
  /** Whether somebody is subscribed to the topic as this group. */
  isBeingRead(topic: string, group: string): Promise<boolean>;
  /** @throws MsgError `usage` while somebody is subscribed as this group. */
  moveGroup(move: GroupMove): Promise<void>;
  limits(topic: string): Promise<TopicLimits>;
  /** Creates the topic if it is absent; says whether it did. */
  ensureTopic(spec: TopicSpec): Promise<'created' | 'exists'>;
  /** The access rules for these topics, or for all. */
  access(topics?: readonly string[]): Promise<AccessView>;
  grant(rules: readonly AccessRule[]): Promise<void>;
  revoke(rules: readonly AccessRule[]): Promise<void>;
  close(): Promise<void>;
}

const UNKNOWN = 'PublishOutcomeUnknown';

/** The first records of a publish, which the log has; certainly it has none of those after them. */
export interface Appended {
  readonly count: number;
  /** Of the first of them. */
  readonly baseOffset: bigint | undefined;
}

/** A publish may or may not have reached the log: only the same bytes may be sent again. */
export class PublishOutcomeUnknown extends Error {
  override readonly name = UNKNOWN;
  /** Where it is known after all what of it is in the log; `cause` is why the rest is not. */
  readonly appended: Appended | undefined;

  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly appended?: Appended } = {},
  ) {
    super(message, options);
    this.appended = options.appended;
  }

  /** The program, which has the transport, and the parts it loads on demand hold a copy of this class each. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && 'name' in value && value.name === UNKNOWN;
  }
}
