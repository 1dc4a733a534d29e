import type { Answered, Attested } from '../../domain/attested.js';
import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import { MsgError } from '../../errors.js';
import type { ReceiptRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { givenUp, unsentOf, type Unsent } from './unsent.js';
import { whileReading, type WaitOptions } from './while-reading.js';

/** Which receipts to wait for. */
export interface AwaitedReceipts {
  readonly id: MessageId;
  readonly peers: readonly PeerName[];
  readonly says: Attested;
}

/** What a recipient has said of a message; undefined while it has not said enough. */
export interface Standing {
  readonly peer: PeerName;
  readonly says: Answered | undefined;
  /** Why it was rejected: a stable name, and a sentence. */
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  /** Where it has said nothing because the outbox has not sent it the message. */
  readonly unsent?: Unsent;
}

/**
 * Waits until every recipient has said it, or has rejected the message, or certainly never gets it, or the
 * time is over.
 */
export async function waitForReceipts(
  awaited: AwaitedReceipts,
  options: WaitOptions,
  deps: MessagingDeps,
): Promise<readonly Standing[]> {
  const standings = async (): Promise<readonly Standing[]> => {
    const rows = await deps.ledger.receipts.list({ id: awaited.id });
    const found = awaited.peers.map((peer) => standingOf(peer, awaited.says, rows));
    if (found.every(({ says }) => says !== undefined)) return found;
    const unsent = await unsentOf(awaited.id, deps);
    return found.map((one) => withUnsent(one, unsent));
  };
  const complete = await whileReading(
    async () => {
      const now = await standings();
      return now.every(isSettled) ? now : undefined;
    },
    options,
    deps,
  );
  return complete ?? standings();
}

function isSettled({ says, unsent }: Standing): boolean {
  return says !== undefined || unsent?.isOver === true;
}

function withUnsent(standing: Standing, all: ReadonlyMap<PeerName, Unsent>): Standing {
  const unsent = standing.says === undefined ? all.get(standing.peer) : undefined;
  return unsent === undefined ? standing : { ...standing, unsent };
}

/** What was processed was received; what is processed after all is not rejected any more. */
function standingOf(peer: PeerName, says: Attested, rows: readonly ReceiptRow[]): Standing {
  const enough: readonly Answered[] = says === 'received' ? ['processed', 'received'] : [says];
  for (const word of [...enough, 'rejected'] as const) {
    const row = rows.find((one) => one.peer === peer && one.says === word);
    if (row !== undefined) return { peer, says: word, reason: row.reason, detail: row.detail };
  }
  return { peer, says: undefined, reason: undefined, detail: undefined };
}

/**
 * The failure that a wait ended with, if any.
 *
 * @returns MsgError `rejected`, `not-sent`, `no-receipt`
 */
export function failureOf(
  { id, says }: AwaitedReceipts,
  standings: readonly Standing[],
): MsgError | undefined {
  const rejected = standings.find((standing) => standing.says === 'rejected');
  if (rejected !== undefined) return rejection(id, rejected);
  const [over] = standings.flatMap(({ peer, unsent }) =>
    unsent?.isOver === true ? [{ peer, ...unsent }] : [],
  );
  if (over !== undefined) return givenUp(id, over);
  const silent = standings.filter((standing) => standing.says === undefined);
  if (silent.length === 0) return undefined;
  const names = silent.map(({ peer }) => peer).join(', ');
  const waiting = silent.filter(({ unsent }) => unsent !== undefined).map(({ peer }) => peer);
  const what = waiting.length === 0 ? 'sent' : `not known to be sent to ${waiting.join(', ')} yet`;
  return new MsgError(
    'no-receipt',
    `${what}, and no receipt "${says}" has come from ${names} yet`,
    {
      hint: `look later with "msg receipt show ${id}"; sending it again without --id ${id} would send it twice`,
    },
  );
}

/** The error for a message that a recipient refused. */
export function rejection(
  id: MessageId,
  { peer, reason, detail }: Pick<Standing, 'peer' | 'reason' | 'detail'>,
): MsgError {
  const why = [reason, detail].filter((part) => part !== undefined).join(': ');
  return new MsgError('rejected', `${peer} rejected ${id}: ${why}`, {
    hint: `see "msg receipt show ${id}"; what to mend is for ${peer} to say`,
  });
}
