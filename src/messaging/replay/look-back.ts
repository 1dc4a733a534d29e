import { cutItems, type CutItem } from '../../envelope/batch.js';
import type { Header } from '../../envelope/header.js';
import type { MsgError } from '../../errors.js';
import type { InboxRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import type { Inspected } from '../inspect.js';
import { MessageRefused } from '../message-refused.js';
import { memoryPayload } from '../payload.js';
import { KeysUnusable } from '../prepare-delivery.js';
import type { IncomingDelivery } from '../sink.js';
import { prepareAgain } from './prepare-again.js';

/** What looking back depends on. */
export type LookBackDeps = Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'spool'>;

/** A message that was delivered before and cannot be had any more. */
export interface LostMessage {
  readonly header: Header;
  readonly error: MsgError;
}

/** What was read again and had been delivered before, as a sink gets it once more. */
export async function replaysOf(
  { opened }: Inspected,
  deps: LookBackDeps,
): Promise<readonly (IncomingDelivery | LostMessage)[]> {
  if (opened === undefined) return [];
  const { header, payload, signer } = opened;
  if (header.kind === 'manifest') return largeReplay(header, deps);
  const items = header.kind === 'batch' ? cutItems(header, payload) : [{ header, payload }];
  const replays: IncomingDelivery[] = [];
  for (const item of items) {
    const replay = await replayOf(item, signer, deps);
    if (replay !== undefined) replays.push(replay);
  }
  return replays;
}

async function replayOf(
  { header, payload }: CutItem,
  signer: NonNullable<Inspected['opened']>['signer'],
  { ledger }: Pick<MessagingDeps, 'ledger'>,
): Promise<IncomingDelivery | undefined> {
  if (header.kind !== 'message') return undefined;
  const row = await deliveredRow(header, ledger);
  if (row === undefined) return undefined;
  const { number, source, receivedAt, attempts } = row;
  return {
    ...{ number, header, source, receivedAt, signer: signer.fingerprint },
    payload: memoryPayload(payload),
    ...{ attempt: attempts + 1, redelivered: true, replay: true, sinkNote: undefined },
    note: () => Promise.resolve(),
  };
}

/**
 * The chunks lie further on in the log, and each is of use only once. What came in chunks is taken from
 * where it was delivered to, as `msg message replay` does.
 */
async function largeReplay(
  header: Header,
  deps: LookBackDeps,
): Promise<readonly (IncomingDelivery | LostMessage)[]> {
  const row = await deliveredRow(header, deps.ledger);
  if (row === undefined) return [];
  try {
    return [await prepareAgain(row, deps, undefined)];
  } catch (error) {
    if (error instanceof KeysUnusable) throw error.cause;
    if (!(error instanceof MessageRefused)) throw error;
    return [{ header, error }];
  }
}

async function deliveredRow(
  { id, from }: Header,
  { history }: LookBackDeps['ledger'],
): Promise<InboxRow | undefined> {
  const rows = await history.find(id);
  const row = rows.find((one) => one.direction === 'in' && one.sender === from);
  return row?.direction === 'in' && row.state === 'done' ? row : undefined;
}
