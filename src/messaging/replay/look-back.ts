import { cutItems, type CutItem } from '../../envelope/batch.js';
import type { MessagingDeps } from '../deps.js';
import type { Inspected } from '../inspect.js';
import { memoryPayload } from '../payload.js';
import type { IncomingDelivery } from '../sink.js';

/** What was read again and had been delivered before, as a sink gets it once more. */
export async function replaysOf(
  { opened }: Inspected,
  deps: Pick<MessagingDeps, 'ledger'>,
): Promise<readonly IncomingDelivery[]> {
  if (opened === undefined) return [];
  const { header, payload, signer } = opened;
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
  const rows = await ledger.history.find(header.id);
  const row = rows.find((one) => one.direction === 'in' && one.sender === header.from);
  if (row?.direction !== 'in' || row.state !== 'done') return undefined;
  const { number, source, receivedAt, attempts } = row;
  return {
    ...{ number, header, source, receivedAt, signer: signer.fingerprint },
    payload: memoryPayload(payload),
    ...{ attempt: attempts + 1, redelivered: true, replay: true, sinkNote: undefined },
    note: () => Promise.resolve(),
  };
}
