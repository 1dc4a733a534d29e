import type { PartitionId, Place, StartPosition, SubscriptionNotice } from '../port.js';
import type { PartitionBounds, TopicLayout, Topics } from './topics.js';

/** Where reading a partition begins, and what was noticed while finding out. */
export interface Start {
  readonly partition: PartitionId;
  readonly offset: bigint;
  /** The end of the partition at that time. */
  readonly high: bigint;
  readonly notices: readonly SubscriptionNotice[];
}

/** What is asked for: a topic, a group, and where its subscription begins. */
export interface StartQuestion {
  readonly topic: string;
  readonly group: string;
  readonly start: StartPosition;
  /** How far a look back has come, by partition: a new connection goes on there. */
  readonly reached: Map<number, bigint>;
}

/** Finds where to begin in every partition of the topic. */
export async function findStarts(
  topics: Topics,
  question: StartQuestion,
): Promise<ReadonlyMap<number, Start>> {
  const { topic, start, reached } = question;
  const layout = await topics.layout(topic);
  const wish = await wishes(topics, question);
  const starts = new Map<number, Start>();
  for (const bounds of layout.partitions) {
    const partition = identify(layout, topic, bounds.partition);
    const known = start.from === 'committed' ? await start.known(partition) : undefined;
    const wanted = reached.get(bounds.partition) ?? wish(bounds);
    const settled = settleStart({ partition, bounds, known, wanted });
    if (start.from !== 'committed') reached.set(bounds.partition, settled.offset);
    starts.set(bounds.partition, settled);
  }
  return starts;
}

/** What a partition's start follows from. */
export interface StartFacts {
  readonly partition: PartitionId;
  readonly bounds: PartitionBounds;
  /** What the group committed, or where a look back wants to begin. */
  readonly wanted: bigint | undefined;
  /** What the ledger remembers. */
  readonly known: bigint | undefined;
}

/**
 * The lower of the two positions, since records read twice are recognised by their ids and records
 * never read are lost. A position past the end belongs to a log that is gone: everything is read.
 */
export function settleStart({ partition, bounds, wanted, known }: StartFacts): Start {
  const { low, high } = bounds;
  const positions = [wanted, known].filter((one) => one !== undefined);
  const [first] = positions;
  if (first === undefined) return { partition, offset: low, high, notices: [] };
  const beyond = positions.find((one) => one > high);
  if (beyond !== undefined) {
    return {
      partition,
      offset: low,
      high,
      notices: [{ kind: 'rewound', partition, known: beyond }],
    };
  }
  const lowest = positions.reduce((one, other) => (other < one ? other : one), first);
  if (lowest >= low) return { partition, offset: lowest, high, notices: [] };
  const gap: SubscriptionNotice = { kind: 'gap', partition, from: lowest, to: low };
  return { partition, offset: low, high, notices: [gap] };
}

/** Offsets of a partition that are not to be read. */
interface Passed {
  readonly partition: number;
  readonly from: bigint;
  /** The first offset after them. */
  readonly to: bigint;
}

/** Moves starts that lie within record sets of too many records behind these, and says so. */
export function passOver(
  starts: ReadonlyMap<number, Start>,
  oversized: readonly Passed[],
): ReadonlyMap<number, Start> {
  const moved = new Map(starts);
  for (const { partition: number, from, to } of oversized) {
    const start = moved.get(number);
    if (start === undefined || start.offset < from || start.offset >= to) continue;
    const { partition, offset, notices } = start;
    const notice: SubscriptionNotice = {
      kind: 'unreadable',
      partition,
      from: offset,
      to,
      reason: 'a record set of too many records',
    };
    moved.set(number, { ...start, offset: to, notices: [...notices, notice] });
  }
  return moved;
}

/** The offset at which a place lies in every partition: never before the low one or past the high one. */
export async function locate(
  topics: Topics,
  topic: string,
  place: Place,
): Promise<ReadonlyMap<number, bigint>> {
  const { partitions } = await topics.layout(topic);
  const wish = await placeIn(topics, topic, place);
  return new Map(
    partitions.map((bounds) => {
      const wanted = wish(bounds) ?? bounds.low;
      return [bounds.partition, wanted < bounds.low ? bounds.low : wanted];
    }),
  );
}

type Wish = (bounds: PartitionBounds) => bigint | undefined;

async function wishes(topics: Topics, { topic, group, start }: StartQuestion): Promise<Wish> {
  if (start.from !== 'committed') return placeIn(topics, topic, start);
  const commitments = await topics.commitments(topic, group);
  return ({ partition }) => commitments.get(partition)?.offset;
}

async function placeIn(topics: Topics, topic: string, place: Place): Promise<Wish> {
  switch (place.from) {
    case 'earliest':
      return ({ low }) => low;
    case 'latest':
      return ({ high }) => high;
    case 'time': {
      const offsets = await topics.offsetsAt(topic, place.at);
      return ({ partition, high }) => offsets.get(partition) ?? high;
    }
    case 'offset':
      return ({ high }) => (place.offset < high ? place.offset : high);
  }
}

function identify(layout: TopicLayout, topic: string, partition: number): PartitionId {
  return { clusterId: layout.clusterId, topic, topicId: layout.topicId, partition };
}
