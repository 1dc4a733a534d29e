import type { MessagingDeps } from '../deps.js';
import type { Inspected } from '../inspect.js';
import { memoryPayload } from '../payload.js';
import type { IncomingDelivery } from '../sink.js';

/** A message that was read again and had been delivered before, as a sink gets it once more. */
export async function replayOf(
  { opened }: Inspected,
  { ledger }: Pick<MessagingDeps, 'ledger'>,
): Promise<IncomingDelivery | undefined> {
  if (opened?.header.kind !== 'message') return undefined;
  const { header, signer } = opened;
  const rows = await ledger.history.find(header.id);
  const row = rows.find((one) => one.direction === 'in' && one.sender === header.from);
  if (row?.direction !== 'in' || row.state !== 'done') return undefined;
  const { number, source, receivedAt, attempts } = row;
  return {
    ...{ number, header, source, receivedAt, signer: signer.fingerprint },
    payload: memoryPayload(opened.payload),
    ...{ attempt: attempts + 1, redelivered: true, replay: true, sinkNote: undefined },
    note: () => Promise.resolve(),
  };
}
