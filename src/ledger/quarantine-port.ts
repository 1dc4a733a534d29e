import type { Connection } from '../sqlite/connection.js';
import type { Gaps } from './gaps.js';
import type { Inbox } from './inbox.js';
import type { QuarantineLedger } from './port.js';
import type { Quarantine } from './quarantine.js';
import { settle } from './settle.js';

/** What may come out of the quarantine, and into which rooms. */
interface QuarantineRooms {
  readonly quarantine: Quarantine;
  readonly inbox: Inbox;
  readonly gaps: Gaps;
}

/** The port of what was refused. */
export function quarantinePort(
  { quarantine, inbox, gaps }: QuarantineRooms,
  connection: Connection,
): QuarantineLedger {
  const atOnce = <T>(work: () => T): Promise<T> => settle(() => connection.transaction(work));
  return {
    unjudgedLanes: () => settle(() => quarantine.unjudgedLanes()),
    nextUnjudged: (lane) => settle(() => quarantine.nextUnjudged(lane)),
    unjudged: () => settle(() => quarantine.unjudged()),
    hasRoomFor: (size) => settle(() => quarantine.hasRoomFor(size)),
    list: (filter) => settle(() => quarantine.list(filter)),
    find: (number) => settle(() => quarantine.find(number)),
    sealed: (number) => settle(() => quarantine.sealed(number)),
    requeue: (number) =>
      atOnce(() => {
        if (quarantine.find(number)?.message === undefined) return false;
        const message = quarantine.resolve(number, 'retried')?.message;
        if (message !== undefined) inbox.requeue(message);
        return message !== undefined;
      }),
    readmit: (number, record) =>
      atOnce(() => {
        if (record.outcome === 'refused') {
          if (record.naming !== undefined) gaps.arrived(record.naming);
          return quarantine.explain(number, record.refused);
        }
        return quarantine.resolve(number, 'retried') ? inbox.keep(record) : 'resolved';
      }),
    drop: (number) =>
      atOnce(() => {
        const dropped = quarantine.resolve(number, 'dropped');
        if (dropped?.message !== undefined) inbox.dropSealed(dropped.message);
        return dropped !== undefined;
      }),
  };
}
