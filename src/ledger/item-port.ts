import type { BackgroundCheckpoint } from '../sqlite/background-checkpoint.js';
import type { Connection } from '../sqlite/connection.js';
import type { Outbox } from './outbox.js';
import type { OutboxItems } from './outbox-items.js';
import type { OutboxSplits } from './outbox-splits.js';
import type { OutboxLedger } from './port.js';
import { settle } from './settle.js';

/** The part of the outbox that is about batches. */
export function outboxItemPort(
  outbox: Outbox,
  { items, splits }: { readonly items: OutboxItems; readonly splits: OutboxSplits },
  { connection, checkpoint }: { connection: Connection; checkpoint: BackgroundCheckpoint },
): Pick<OutboxLedger, 'enqueueBatch' | 'taken' | 'split'> {
  return {
    enqueueBatch: (batch, options) =>
      settle(() => {
        const kept = connection.transaction(() => {
          for (const sent of options?.sent ?? []) outbox.markSent(sent);
          const chosen = batch.items.filter(({ isChosen }) => isChosen);
          const taken = items.taken(chosen.map(({ id }) => id));
          return taken.length > 0
            ? { taken }
            : { row: outbox.keep(batch, { begin: options?.begin }) };
        });
        checkpoint.wrote(batch.sealed.length);
        return kept;
      }),
    split: (id, parts) => settle(() => connection.transaction(() => splits.split(id, parts))),
    taken: (ids) => settle(() => items.taken(ids)),
  };
}
