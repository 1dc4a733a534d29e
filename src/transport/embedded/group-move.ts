import { MsgError } from '../../errors.js';
import type { GroupMove } from '../port.js';
import type { LogStore, Topic } from './log-store.js';

/** Whether a member of the group has been heard of within its lease. */
export function isBeingRead(store: LogStore, topic: Topic, at: Reader): boolean {
  const member = store.connection.get(
    'SELECT 1 AS one FROM members WHERE group_name = ? AND topic = ? AND expires_at > ? LIMIT 1',
    at.group,
    topic.number,
    at.now,
  );
  return member !== undefined;
}

/** Who would be reading, and the time in Unix milliseconds. */
export interface Reader {
  readonly group: string;
  readonly now: number;
}

/** Sets the positions of a group without members, all or none. */
export function moveGroup(store: LogStore, topic: Topic, move: GroupMove, now: number): void {
  const { group, to, commitMetadata } = move;
  store.connection.transaction(() => {
    if (isBeingRead(store, topic, { group, now })) {
      throw new MsgError('usage', `${topic.name} is being read`, {
        hint: 'stop its listeners first; one that was killed counts for ten seconds more',
      });
    }
    for (const { number, id } of topic.partitions) {
      const next = to.get(id.partition);
      if (next === undefined) continue;
      store.connection.run(
        `INSERT INTO positions (group_name, partition, committed, metadata, committed_at)
         VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET committed = excluded.committed, metadata = excluded.metadata,
           committed_at = excluded.committed_at`,
        ...[group, number, next, commitMetadata, now],
      );
    }
  });
}
