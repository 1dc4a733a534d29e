import type { Clock, RandomSource } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { BackgroundCheckpoint } from '../sqlite/background-checkpoint.js';
import { Connection } from '../sqlite/connection.js';
import { migrate } from '../sqlite/migrate.js';
import { Batches } from './batches.js';
import { Answers } from './answers.js';
import { Gaps } from './gaps.js';
import { Heads } from './heads.js';
import { History } from './history.js';
import { Inbox } from './inbox.js';
import { inboxPort, lanePort } from './inbox-ports.js';
import { InboxItems } from './inbox-items.js';
import { incomingPort, outgoingPort } from './file-ports.js';
import { outboxItemPort } from './item-port.js';
import { IncomingFiles } from './incoming-files.js';
import { Lanes } from './lanes.js';
import { Outbox } from './outbox.js';
import { OutboxChunks } from './outbox-chunks.js';
import { OutboxEnds } from './outbox-ends.js';
import { OutboxItems } from './outbox-items.js';
import { OutgoingFiles } from './outgoing-files.js';
import { OutboxSplits } from './outbox-splits.js';
import { OutboxSealed } from './outbox-sealed.js';
import { OutboxLanes } from './outbox-lanes.js';
import { OutboxResends } from './outbox-resends.js';
import type { BatchLedger, HistoryLedger, Ledger, OutboxLedger } from './port.js';
import { Quarantine } from './quarantine.js';
import { quarantinePort } from './quarantine-port.js';
import { readerPort } from './reader-port.js';
import { Readers } from './readers.js';
import { answerPort, receiptPort } from './receipt-ports.js';
import { Receipts } from './receipts.js';
import { Pruning } from './prune.js';
import { prunePort, replayPort, statusPort } from './replay-port.js';
import { Replays } from './replays.js';
import { requestPort } from './request-port.js';
import { resendPort } from './resend-port.js';
import { Requests } from './requests.js';
import { ledgerSchema } from './schema.js';
import { streamPort } from './stream-port.js';
import { Standing } from './status.js';
import { durably, settle, type Room } from './settle.js';
import { whenAsked } from './when-asked.js';

/** What a ledger is opened with. */
export interface LedgerOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** For how long a call waits for another process's transaction, in milliseconds. */
  readonly busyTimeout?: number;
  /** How many bytes of records that nobody verified the quarantine keeps; 256 MiB where absent. */
  readonly quarantinePool?: number;
}

const QUARANTINE_POOL = 256 * 1024 * 1024;

/**
 * Opens the ledger in a SQLite file, readable by its owner only; it is made when absent.
 *
 * @throws MsgError `config` when the file is another program's, or of a newer msg.
 */
export function openLedger(options: LedgerOptions): Ledger {
  const { path, clock, random, busyTimeout } = options;
  const connection = new Connection({
    path,
    mode: 0o600,
    what: `the ledger ${path}`,
    busy: 'ledger-busy',
    groupCommit: true,
    ...(busyTimeout === undefined ? {} : { busyTimeout }),
  });
  try {
    migrate(connection, ledgerSchema(clock, random));
    return assemble(connection, options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function assemble(
  connection: Connection,
  { clock, random, quarantinePool = QUARANTINE_POOL }: LedgerOptions,
): Ledger {
  const quarantine = new Quarantine(connection, clock, quarantinePool);
  const receipts = new Receipts(connection, clock);
  const resends = new OutboxResends(connection);
  const outgoing = new OutgoingFiles(connection, { receipts, resends, clock });
  const outgoingItems = new OutboxItems(connection);
  const sealed = new OutboxSealed(connection);
  const checkpoint = new BackgroundCheckpoint(connection);
  const heads = new Heads(connection, random);
  const outbox = new Outbox(connection, {
    ...{ heads, receipts, files: outgoing, items: outgoingItems, sealed, clock },
  });
  const splits = new OutboxSplits(connection, { heads, outbox, items: outgoingItems, receipts });
  const ends = new OutboxEnds(connection, { outbox, heads });
  const chunks = new OutboxChunks(outbox, outgoing);
  const answers = new Answers(connection, { outbox, resends, clock });
  const files = new IncomingFiles(connection, quarantine, clock);
  const requests = new Requests(connection, answers, clock);
  const items = new InboxItems(connection, { quarantine, answers, requests, clock });
  const gaps = new Gaps(connection, clock);
  const rooms = { quarantine, items, answers, clock };
  const inbox = new Inbox(connection, { ...rooms, files, gaps, outgoing, receipts, requests });
  const lanes = new Lanes(connection, { ...rooms, inbox });
  const history = new History(connection, { outbox, items: outgoingItems });
  const durable = <T extends Room<T>>(room: T, hasty?: readonly (keyof T)[]): T =>
    durably(room, connection, hasty);
  const lanesOut = new OutboxLanes(connection, { outbox, sealed }, clock);
  return whenAsked<Ledger>({
    id: () => idOf(connection),
    inbox: () => durable(inboxPort(inbox), ['receive']),
    incoming: () => durable(incomingPort(files, answers, connection)),
    lanes: () => durable(lanePort(lanes, requests, connection), ['claim', 'complete']),
    outbox: () =>
      durable(
        {
          ...outboxPort({ outbox, ends, lanes: lanesOut, sealed, chunks }, connection),
          ...outboxItemPort(outbox, { items: outgoingItems, splits }, { connection, checkpoint }),
          ...resendPort({ outbox, resends, sealed, files: outgoing }, connection),
        },
        ['markSent'],
      ),
    outgoing: () => durable(outgoingPort(outgoing, connection)),
    batches: () => durable(batchPort(new Batches(connection, clock), connection)),
    quarantine: () => durable(quarantinePort({ quarantine, inbox, gaps }, connection)),
    readers: () => durable(readerPort(new Readers(connection, clock), connection)),
    receipts: () => receiptPort(receipts),
    requests: () => durable(requestPort({ requests, items }, connection)),
    answers: () => durable(answerPort({ answers, items }, connection)),
    history: () => historyPort(history, { inbox, outbox }),
    replays: () => durable(replayPort(new Replays(connection, clock))),
    pruning: () => durable(prunePort(new Pruning(connection))),
    streams: () => durable(streamPort(heads, gaps)),
    status: () => statusPort(new Standing(connection, { gaps, lanes, quarantine })),
    durable: () => () => connection.durable(),
    close: () => async () => {
      await Promise.allSettled([checkpoint.close(), connection.durable()]);
      connection.close();
    },
  });
}

/** The rooms of what goes out. */
interface OutboxRooms {
  readonly outbox: Outbox;
  readonly ends: OutboxEnds;
  readonly lanes: OutboxLanes;
  readonly sealed: OutboxSealed;
  readonly chunks: OutboxChunks;
}

function outboxPort(
  { outbox, ends, lanes, sealed, chunks }: OutboxRooms,
  connection: Connection,
): Omit<OutboxLedger, 'enqueueBatch' | 'split' | 'taken' | 'resend'> {
  const atOnce = <T>(work: () => T): Promise<T> => settle(() => connection.transaction(work));
  return {
    enqueue: (message, options) => atOnce(() => outbox.enqueue(message, options?.begin)),
    beginPublish: (key, lease) => atOnce(() => outbox.beginPublish(key, lease)),
    claim: (claim) => settle(() => lanes.claim(claim)),
    renew: (lease) =>
      settle(() => {
        lanes.renew(lease);
      }),
    releaseAbandoned: (isGone) => settle(() => lanes.releaseAbandoned(isGone)),
    markSent: (deliveries) =>
      atOnce(() => {
        for (const delivery of deliveries) outbox.markSent(delivery);
      }),
    markQueued: (deliveries) =>
      atOnce(() => {
        for (const delivery of deliveries) outbox.markQueued(delivery);
      }),
    putBack: (deliveries) =>
      atOnce(() => {
        for (const delivery of deliveries) outbox.putBack(delivery);
      }),
    redirect: (key, topic) =>
      settle(() => {
        outbox.redirect(key, topic);
      }),
    retry: (id) => atOnce(() => outbox.retry(id)),
    markFailed: (failed) =>
      atOnce(() => {
        ends.fail(failed);
      }),
    expire: (now) => atOnce(() => ends.expire(now)),
    cancel: (id, recipients) => atOnce(() => ends.cancel(id, recipients)),
    reseal: (id, anew) =>
      atOnce(() => {
        outbox.reseal(id, anew);
      }),
    goInChunks: (delivery) => atOnce(() => chunks.begin(delivery)),
    forget: (id) => atOnce(() => outbox.forget(id)),
    kept: (id) => settle(() => sealed.kept(id)),
    sealed: (id) => settle(() => sealed.kept(id)?.sealed),
    pending: () => settle(() => outbox.pending()),
    nextDue: (kinds) => settle(() => lanes.nextDue(kinds)),
  };
}

function batchPort(batches: Batches, connection: Connection): BatchLedger {
  return {
    acquire: (source, lease, isGone) => settle(() => batches.acquire(source, lease, isGone)),
    renew: (source, lease) => settle(() => batches.renew(source, lease)),
    release: (source, owner) =>
      settle(() => {
        batches.release(source, owner);
      }),
    recall: (file, stamp) => settle(() => batches.recall(file, stamp)),
    begin: (file, content) =>
      settle(() => connection.transaction(() => batches.begin(file, content))),
    finish: (file, sha256) =>
      settle(() => {
        batches.finish(file, sha256);
      }),
  };
}

function historyPort(history: History, rooms: { inbox: Inbox; outbox: Outbox }): HistoryLedger {
  return {
    find: (id) =>
      settle(() => {
        const sent = rooms.outbox.findAny(id);
        return [
          ...(sent === undefined ? [] : [{ direction: 'out' as const, ...sent }]),
          ...rooms.inbox.find(id).map((row) => ({ direction: 'in' as const, ...row })),
        ];
      }),
    list: (filter) => settle(() => history.list(filter)),
    counts: () => settle(() => history.counts()),
  };
}

function idOf(connection: Connection): string {
  const row = connection.get('SELECT id FROM ledger');
  if (row === undefined) throw new MsgError('config', `${connection.path} has no ledger id`);
  return row.text('id');
}
