import type { MessageId } from '../../domain/message-id.js';
import { MsgError } from '../../errors.js';
import type { InboxState } from '../../domain/message-states.js';
import type { InboxRow, Ledger, ReplayFilter } from '../../ledger/port.js';

/** So many rows are read at a time, in bytes of header and columns only. */
const PAGE = 200;

type SelectDeps = { readonly ledger: Pick<Ledger, 'replays' | 'history'> };

/** The messages that a filter finds, in the order in which they came in. */
export async function* selected(
  filter: ReplayFilter,
  { ledger }: SelectDeps,
): AsyncGenerator<InboxRow> {
  for (let after = 0; ;) {
    const rows = await ledger.replays.find(filter, { after, limit: PAGE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.number;
  }
}

/**
 * Whoever names a message wants that one: what keeps it from being delivered again is said before
 * anything is.
 *
 * @throws MsgError `not-found`, or `usage` for one that was never delivered.
 */
export async function refuseUnfit(filter: ReplayFilter, deps: SelectDeps): Promise<void> {
  for (const id of filter.ids ?? []) {
    const rows = await deps.ledger.replays.find({ ...filter, ids: [id] }, { after: 0, limit: 2 });
    if (rows.some(({ state }) => state === 'done')) continue;
    const [row] = rows;
    throw row === undefined ? await unknown(id, deps) : undelivered(row);
  }
}

async function unknown(id: MessageId, { ledger }: SelectDeps): Promise<MsgError> {
  const rows = await ledger.history.find(id);
  if (rows.length === 0) {
    return new MsgError('not-found', `the ledger has no message ${id}`, {
      hint: 'list what came in with "msg message list --in"',
    });
  }
  if (rows.every(({ direction }) => direction === 'out')) {
    return new MsgError('usage', `${id} was sent from here`, {
      hint: 'what came in can be delivered again; to see what was sent use "msg message show"',
    });
  }
  return new MsgError('not-found', `${id} came in, but does not meet the other conditions`, {
    hint: 'leave out what else narrows it down',
  });
}

function undelivered({ id, state }: InboxRow): MsgError {
  return new MsgError('usage', `${id} has never been delivered: it is ${state}`, {
    hint: HINTS[state],
  });
}

const HINTS: Readonly<Record<InboxState, string>> = {
  received: '"msg listen" delivers it',
  delivering: '"msg listen" is about to deliver it',
  unpacked: '"msg listen" delivers its messages',
  awaited: 'it is the reply that "msg request" waits for',
  done: 'it can be delivered again',
  quarantined: 'see why with "msg quarantine list"; "msg quarantine retry" delivers it',
};
