import type { Clock, RandomSource } from '../domain/environment.js';
import { newUuid } from '../domain/uuid.js';
import type { Schema } from '../sqlite/migrate.js';
import { BATCHES } from './schema/batches.js';
import { ANSWERS } from './schema/answers.js';
import { FLOORS } from './schema/floors.js';
import { INBOX } from './schema/inbox.js';
import { INBOX_ITEMS } from './schema/inbox-items.js';
import { INCOMING_FILES } from './schema/incoming-files.js';
import { OUTBOX } from './schema/outbox.js';
import { OUTBOX_ITEMS } from './schema/outbox-items.js';
import { OUTGOING_FILES } from './schema/outgoing-files.js';
import { QUARANTINE } from './schema/quarantine.js';
import { READERS } from './schema/readers.js';
import { RECEIPTS } from './schema/receipts.js';
import { REPLAYS } from './schema/replays.js';
import { REQUESTS } from './schema/requests.js';
import { STREAMS } from './schema/streams.js';
import { VIEWS } from './schema/views.js';

const LEDGER = `
CREATE TABLE ledger (
  id          TEXT NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;
`;

/** Nothing has been released yet: until then the first version is the only one. */
const VERSION_1 = (): string =>
  [
    ...[LEDGER, INBOX, INBOX_ITEMS, INCOMING_FILES, QUARANTINE, OUTBOX, OUTGOING_FILES],
    ...[
      OUTBOX_ITEMS,
      BATCHES,
      READERS,
      RECEIPTS,
      ANSWERS,
      REPLAYS,
      REQUESTS,
      FLOORS,
      STREAMS,
      VIEWS,
    ],
  ].join('');

/** The ledger's file format; a new file gets its ids from `random`. */
export function ledgerSchema(clock: Clock, random: RandomSource): Schema {
  return {
    name: 'ledger',
    applicationId: 0x6d736731,
    migrations: [VERSION_1],
    seed: (connection) => {
      connection.run('INSERT INTO ledger (id, created_at) VALUES (?, ?)', newUuid(random), clock());
    },
  };
}
