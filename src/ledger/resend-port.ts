import type { Connection } from '../sqlite/connection.js';
import type { Outbox } from './outbox.js';
import type { OutboxResends } from './outbox-resends.js';
import type { OutboxSealed } from './outbox-sealed.js';
import type { OutgoingFiles } from './outgoing-files.js';
import type { OutboxLedger } from './port.js';
import { settle } from './settle.js';

/** The rooms that have something of a message that goes out once more. */
interface ResendRooms {
  readonly outbox: Outbox;
  readonly resends: OutboxResends;
  readonly sealed: OutboxSealed;
  readonly files: OutgoingFiles;
}

/** The part of the outbox that is about what goes out once more. */
export function resendPort(
  { outbox, resends, sealed, files }: ResendRooms,
  connection: Connection,
): Pick<OutboxLedger, 'resend'> {
  return {
    resend: (id, recipients) =>
      settle(() =>
        connection.transaction(() => {
          const row = outbox.find(id);
          if (row === undefined || sealed.kept(id) === undefined) return [];
          const chunked = row.deliveries.filter(({ inChunks }) => inChunks);
          return recipients.filter((recipient) => {
            const key = { id, recipient };
            const isChunked = chunked.some((one) => one.recipient === recipient);
            if (isChunked && !files.startOver(key)) return false;
            return resends.to(key);
          });
        }),
      ),
  };
}
