import type { Cluster } from 'kafkajs';
import { MsgError } from '../../errors.js';
import type { GroupMove } from '../port.js';
import type { Administration } from './administration.js';
import { readFailure } from './failure.js';

/** No generation and no member: a commit from outside, which is for groups without members only. */
const OUTSIDE = { groupGenerationId: -1, memberId: '' };

const IDLE_STATES = ['Empty', 'Dead'];

/** Whether the group has members. */
export async function isBeingRead(
  administration: Administration,
  topic: string,
  group: string,
): Promise<boolean> {
  const { groups } = await administration.ask({ topic, group }, (admin) =>
    admin.describeGroups([group]),
  );
  return groups.some(({ state }) => !IDLE_STATES.includes(state));
}

/** Commits new positions for a group without members; the broker refuses it for others. */
export async function moveGroup(administration: Administration, move: GroupMove): Promise<void> {
  const { topic, group, to, commitMetadata: metadata } = move;
  const partitions = [...to].map(([partition, offset]) => ({
    ...{ partition, offset: `${offset}`, metadata },
  }));
  const subject = { topic, group, deed: 'move the position in' } as const;
  const commit = async (cluster: Cluster): Promise<void> => {
    const coordinator = await cluster.findGroupCoordinator({ groupId: group });
    const topics = [{ topic, partitions }];
    try {
      await coordinator.offsetCommit({ groupId: group, ...OUTSIDE, topics });
    } catch (error) {
      throw readFailure(error).types.has('UNKNOWN_MEMBER_ID') ? beingRead(topic) : error;
    }
  };
  await administration.askCluster(subject, commit);
}

/** Why a position cannot be moved now. */
export function beingRead(topic: string): MsgError {
  return new MsgError('usage', `${topic} is being read`, {
    hint: 'stop its listeners first; one that was killed counts for ten seconds more',
  });
}
