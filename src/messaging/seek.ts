import { MsgError } from '../errors.js';
import type { PartitionId, Place, Position } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { refuseForeign } from './inbox-checks.js';

type SeekDeps = Pick<MessagingDeps, 'transport' | 'ledger'>;

/** Which position is to be moved, and where to. */
export interface SeekRequest {
  readonly topic: string;
  readonly group: string;
  readonly place: Place;
  /** Only this partition; all of them where absent. */
  readonly partition?: number | undefined;
}

/** What moving the position in one partition comes to. */
export interface SeekMove {
  readonly partition: PartitionId;
  /** Where the next listener would begin now. */
  readonly from: bigint;
  /** Where it would begin then. */
  readonly to: bigint;
  /** Records that will be read once more; the ledger knows those that it has taken in. */
  readonly readAgain: bigint;
  /** Records that were never read, and will not be. */
  readonly skipped: bigint;
}

/**
 * Finds out what moving the position would do; nothing is moved.
 *
 * @throws MsgError `usage` while a listener reads, for a partition that there is not, or for an
 *   offset in several partitions; `config` when another ledger reads this inbox.
 */
export async function planSeek(
  { transport, ledger }: SeekDeps,
  { topic, group, place, partition }: SeekRequest,
): Promise<readonly SeekMove[]> {
  const positions = await transport.positions(topic, group);
  const chosen = choose(positions, place, partition);
  refuseForeign(topic, chosen, {
    ledger: ledger.id,
    hint: 'use the state directory that reads this inbox, or take it over with msg listen --adopt first',
  });
  if (await transport.isBeingRead(topic, group)) {
    throw new MsgError('usage', `${topic} is being read`, { hint: 'stop its listeners first' });
  }
  const places = await transport.locate(topic, place);
  const moves = chosen.map(async (position) => {
    const known = await ledger.inbox.position(position.partition);
    return planMove(position, known, places.get(position.partition.partition) ?? position.low);
  });
  return Promise.all(moves);
}

/**
 * Moves the position in the log, then in the ledger. Broken off in between, the next listener begins
 * at the lower of the two, so that no record is passed over.
 *
 * @throws MsgError `usage` when a listener has come meanwhile.
 */
export async function seek(
  { transport, ledger }: SeekDeps,
  { topic, group }: Pick<SeekRequest, 'topic' | 'group'>,
  moves: readonly SeekMove[],
): Promise<void> {
  const to = new Map(moves.map((move) => [move.partition.partition, move.to]));
  await transport.moveGroup({ topic, group, to, commitMetadata: ledger.id });
  for (const move of moves) await ledger.inbox.movePosition(move.partition, move.to);
}

function choose(
  positions: readonly Position[],
  place: Place,
  partition: number | undefined,
): readonly Position[] {
  if (partition === undefined) {
    if (place.from !== 'offset' || positions.length <= 1) return positions;
    throw new MsgError('usage', 'an offset means another record in each partition', {
      hint: `say in which: --partition 0 to ${positions.length - 1}`,
    });
  }
  const chosen = positions.filter((one) => one.partition.partition === partition);
  if (chosen.length > 0) return chosen;
  throw new MsgError('usage', `there is no partition ${partition}`, {
    hint: `the inbox has the partitions 0 to ${positions.length - 1}`,
  });
}

/** A listener begins at the lower of the two positions that there are. */
function planMove(position: Position, known: bigint | undefined, to: bigint): SeekMove {
  const { partition, low, high, committed } = position;
  const [one, other] = [committed ?? known ?? low, known ?? committed ?? low];
  const lower = one < other ? one : other;
  const from = lower < low || lower > high ? low : lower;
  return {
    ...{ partition, from, to },
    readAgain: to < from ? from - to : 0n,
    skipped: to > from ? to - from : 0n,
  };
}
