import { MsgError } from '../../errors.js';
import type { GroupMove } from '../port.js';
import type { LogStore, Topic } from './log-store.js';
import type { LogProcess } from './membership.js';

/** Whether a member of the group has been heard of within its lease, and its process may be there. */
export function isBeingRead(store: LogStore, topic: Topic, at: Reader): boolean {
  const members = store.connection.all(
    'SELECT process FROM members WHERE group_name = ? AND topic = ? AND expires_at > ?',
    at.group,
    topic.number,
    at.now,
  );
  return members.some((row) => !at.isGone(row.text('process')));
}

/** Who would be reading, and the time in Unix milliseconds. */
export interface Reader extends Pick<LogProcess, 'isGone'> {
  readonly group: string;
  readonly now: number;
}

/** Sets the positions of a group without members, all or none. */
export function moveGroup(
  { store, topic }: { readonly store: LogStore; readonly topic: Topic },
  { group, to, commitMetadata }: GroupMove,
  { now, isGone }: Pick<Reader, 'now' | 'isGone'>,
): void {
  store.connection.transaction(() => {
    if (isBeingRead(store, topic, { group, now, isGone })) {
      throw new MsgError('usage', `${topic.name} is being read`, {
        hint: 'stop its listeners first; one that was killed may count for ten seconds more',
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
