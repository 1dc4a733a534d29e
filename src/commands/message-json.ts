import type {
  HistoryRow,
  InboxRow,
  OutboxRow,
  QuarantineRow,
  RecordSource,
} from '../ledger/port.js';
import { itemHeader } from '../envelope/batch.js';
import type { Header } from '../envelope/header.js';
import { parseHeader } from '../envelope/header-json.js';
import { explainReason } from '../topics/quarantine-reasons.js';

const SLOWEST_FIRST = ['failed', 'queued', 'publishing', 'expired', 'cancelled'] as const;

/** A message's state in one word; an outgoing one is as far as its slowest delivery. */
export function stateOf(row: HistoryRow): string {
  if (row.direction === 'in') return row.state;
  const states = row.deliveries.map(({ state }) => state);
  return SLOWEST_FIRST.find((one) => states.includes(one)) ?? 'sent';
}

/** A ledger row as the `--json` contract shows it, with the receipts that it got, or was given. */
export function describeHistory(row: HistoryRow, receipts?: readonly object[]): object {
  const described = row.direction === 'in' ? describeIncoming(row) : describeOutgoing(row);
  return receipts === undefined || receipts.length === 0 ? described : { ...described, receipts };
}

function describeIncoming(row: { readonly direction: 'in' } & InboxRow): object {
  const { id, sender: from, kind, type, correlationId: cid, state, attempts, duplicates } = row;
  const header = JSON.parse(row.header) as Pick<Header, 'sent' | 'expires'>;
  return {
    ...{ direction: 'in', id, from, kind, type, cid, state, attempts, duplicates },
    batch: row.item?.batch,
    sent: iso(header.sent),
    received: iso(row.receivedAt),
    done: row.doneAt === undefined ? undefined : iso(row.doneAt),
    expires: header.expires === undefined ? undefined : iso(header.expires),
    ...{ signer: row.signer, digest: row.digest, source: describeSource(row.source) },
    header,
  };
}

function describeOutgoing(row: { readonly direction: 'out' } & OutboxRow): object {
  const { id, kind, type, correlationId: cid, digest } = row;
  return {
    ...{ direction: 'out', id, kind, type, cid, state: stateOf(row), created: iso(row.createdAt) },
    batch: row.item?.batch,
    recipients: row.deliveries.map((one) => ({
      ...{ peer: one.recipient, topic: one.topic, state: one.state, attempts: one.attempts },
      ...{
        partition: one.partition,
        offset: one.offset === undefined ? undefined : Number(one.offset),
      },
      sent: one.sentAt === undefined ? undefined : iso(one.sentAt),
      mayHaveLeft: one.mayHaveLeft,
      inChunks: one.inChunks ? true : undefined,
      nextAttempt:
        one.state === 'queued' && one.nextAttemptAt > 0 ? iso(one.nextAttemptAt) : undefined,
      error: one.error,
    })),
    requestDigest: digest,
    header: headerOf(row),
  };
}

/** What went in a batch is shown with the header that it has by itself. */
function headerOf({ header, item }: OutboxRow): unknown {
  if (item === undefined) return JSON.parse(header);
  const batch = parseHeader(header);
  const own = batch.items?.[item.place];
  return own === undefined ? batch : itemHeader(batch, own);
}

/** A quarantined record as the `--json` contract shows it. */
export function describeQuarantined(row: QuarantineRow): object {
  const { number, claimedSender, claimedId, reason, detail, size, sha256, resolution } = row;
  return {
    ...{ number, reason, detail, ...explainReason(reason) },
    ...{ verified: row.message !== undefined, claimedSender, claimedId, size, sha256 },
    quarantined: iso(row.quarantinedAt),
    source: describeSource(row.source),
    resolution,
    resolved: row.resolvedAt === undefined ? undefined : iso(row.resolvedAt),
  };
}

/** The place of a record. */
export function describeSource(source: RecordSource): object {
  const { clusterId, topic, partition, offset, appendedAt } = source;
  return { clusterId, topic, partition, offset: Number(offset), appended: iso(appendedAt) };
}

/** A time as JSON has it. */
export function iso(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString();
}
