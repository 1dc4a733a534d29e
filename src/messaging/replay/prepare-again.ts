import { parseHeader } from '../../envelope/header-json.js';
import type { InboxRow, ReplayProgress } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { deliveredHeader } from '../payload-of.js';
import { LaneLost, type IncomingDelivery } from '../sink.js';
import { pastPayload } from './past-payload.js';

/** A replay with a name, and how far it has come with the message. */
export interface NamedAttempt {
  readonly run: string;
  readonly owner: string;
  readonly progress: ReplayProgress;
}

/**
 * Makes a message that was delivered before ready for a sink, marked as a replay.
 *
 * @throws MessageRefused, EnvelopeRefused, KeysUnusable: see {@link pastPayload}.
 */
export async function prepareAgain(
  row: InboxRow,
  deps: Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'spool'>,
  named: NamedAttempt | undefined,
): Promise<IncomingDelivery> {
  const { number, signer, source, receivedAt, attempts } = row;
  return {
    ...{ number, signer, source, receivedAt, redelivered: true, replay: true },
    header: deliveredHeader(parseHeader(row.header)),
    payload: await pastPayload(row, deps),
    attempt: attempts + (named?.progress.attempts ?? 1),
    replayRun: named?.run,
    sinkNote: named?.progress.sinkNote,
    async note(note) {
      if (named === undefined) return;
      const { run, owner } = named;
      if (!(await deps.ledger.replays.note(run, { owner, number, note }))) throw new LaneLost();
    },
  };
}
