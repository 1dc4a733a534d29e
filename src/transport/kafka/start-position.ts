import type { PartitionId, StartPosition, SubscriptionNotice } from '../port.js';
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

type Wish = (bounds: PartitionBounds) => bigint | undefined;

async function wishes(topics: Topics, { topic, group, start }: StartQuestion): Promise<Wish> {
  switch (start.from) {
    case 'committed': {
      const commitments = await topics.commitments(topic, group);
      return ({ partition }) => commitments.get(partition)?.offset;
    }
    case 'earliest':
      return ({ low }) => low;
    case 'latest':
      return ({ high }) => high;
    case 'time': {
      const offsets = await topics.offsetsAt(topic, start.at);
      return ({ partition, high }) => offsets.get(partition) ?? high;
    }
    case 'offset':
      return ({ high }) => (start.offset < high ? start.offset : high);
  }
}

function identify(layout: TopicLayout, topic: string, partition: number): PartitionId {
  return { clusterId: layout.clusterId, topic, topicId: layout.topicId, partition };
}
