import { isFingerprint } from '../domain/fingerprint.js';
import { isMessageId, type MessageId } from '../domain/message-id.js';
import { INBOX_STATES, OUTBOX_STATES } from '../domain/message-states.js';
import { isPeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { Bindable } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import type {
  BlockedLane,
  DeliveryKey,
  InboxRow,
  IncomingFile,
  LogPosition,
  OutboxDelivery,
  OutboxRow,
  OutgoingFile,
  QuarantineRow,
  RecordSource,
  Resolution,
} from './port.js';

/** Every column of an inbox row but the sealed bytes. */
export const INBOX_COLUMNS = `i.number, i.sender, i.id, i.digest, i.kind, i.type, i.correlation_id,
  i.header, i.signer, i.state, i.received_at, i.done_at, i.attempts, i.spared, i.duplicates, i.sink_note,
  i.cluster_id, i.topic, i.topic_id, i.partition, i.offset, i.appended_at,
  (SELECT n.container FROM inbox_items n WHERE n.number = i.number
   ORDER BY n.container, n.place LIMIT 1) AS container,
  (SELECT n.place FROM inbox_items n WHERE n.number = i.number
   ORDER BY n.container, n.place LIMIT 1) AS place,
  (SELECT c.id FROM inbox_items n JOIN inbox c ON c.number = n.container WHERE n.number = i.number
   ORDER BY n.container LIMIT 1) AS batch`;

/** Every column of a file of which chunks are missing. */
export const INCOMING_FILE_COLUMNS = `i.number, i.sender, i.id, i.digest, i.kind, i.type,
  i.correlation_id, i.signer, i.header, i.file_id, i.size, i.count, i.received, i.chunks, i.begun_at,
  i.moved_at, i.expires_at, i.cluster_id, i.topic, i.topic_id, i.partition, i.offset, i.appended_at,
  i.sealed`;

const RESOLUTIONS: readonly Resolution[] = ['retried', 'dropped'];

/** Takes a row of the table `inbox`. */
export function readInbox(row: Row): InboxRow {
  return {
    number: row.integer('number'),
    sender: checked(row.text('sender'), isPeerName),
    id: checked(row.text('id'), isMessageId),
    digest: row.text('digest'),
    kind: row.text('kind'),
    type: row.textOrNone('type'),
    correlationId: row.textOrNone('correlation_id'),
    header: row.text('header'),
    signer: checked(row.text('signer'), isFingerprint),
    state: oneOf(INBOX_STATES, row.text('state')),
    source: readSource(row),
    receivedAt: row.integer('received_at'),
    doneAt: row.integerOrNone('done_at'),
    attempts: row.integer('attempts'),
    spared: row.integer('spared'),
    duplicates: row.integer('duplicates'),
    sinkNote: row.textOrNone('sink_note'),
    item: readPlace(row),
  };
}

function readPlace(row: Row): InboxRow['item'] {
  const container = row.integerOrNone('container');
  if (container === undefined) return undefined;
  return { container, place: row.integer('place'), batch: messageIdOf(row, 'batch') };
}

/** Takes a row of the table `blocked_lanes`. */
export function readBlockedLane(row: Row): BlockedLane {
  return {
    sender: checked(row.text('sender'), isPeerName),
    owner: row.text('owner'),
    until: row.integer('until'),
    failures: row.integer('failures'),
    since: row.integer('since'),
    code: row.text('code'),
    detail: row.text('detail'),
  };
}

/** Takes a row of the table `incoming_files`. */
export function readIncomingFile(row: Row): IncomingFile {
  return {
    number: row.integer('number'),
    sender: checked(row.text('sender'), isPeerName),
    id: checked(row.text('id'), isMessageId),
    digest: row.text('digest'),
    kind: row.text('kind'),
    type: row.textOrNone('type'),
    correlationId: row.textOrNone('correlation_id'),
    signer: checked(row.text('signer'), isFingerprint),
    header: row.text('header'),
    fileId: row.bytes('file_id'),
    size: row.integer('size'),
    count: row.integer('count'),
    received: row.integer('received'),
    chunks: row.bytes('chunks'),
    begunAt: row.integer('begun_at'),
    movedAt: row.integer('moved_at'),
    expiresAt: row.integerOrNone('expires_at'),
    source: readSource(row),
    sealed: row.bytes('sealed'),
  };
}

/** Takes a row of the table `outbox`. */
export function readOutbox(row: Row, deliveries: readonly OutboxDelivery[]): OutboxRow {
  return {
    number: row.integer('number'),
    id: checked(row.text('id'), isMessageId),
    digest: row.text('digest'),
    kind: row.text('kind'),
    type: row.textOrNone('type'),
    correlationId: row.textOrNone('correlation_id'),
    header: row.text('header'),
    signer: checked(row.text('signer'), isFingerprint),
    createdAt: row.integer('created_at'),
    expiresAt: row.integerOrNone('expires_at'),
    deliveries,
  };
}

/** Takes a row of the tables `outgoing_files` and `sources`. */
export function readOutgoingFile(row: Row): OutgoingFile {
  return {
    recipient: recipientOf(row),
    source: {
      path: row.text('path'),
      spoolKey: row.bytesOrNone('spool_key'),
      size: row.integer('size'),
      sha256: row.text('sha256'),
      stamp: row.text('stamp'),
    },
    count: row.integer('count'),
    next: row.integer('next'),
    partition: row.integerOrNone('partition'),
    offset: row.bigintOrNone('offset'),
    rounds: row.integer('rounds'),
    sentAt: row.integerOrNone('sent_at'),
    confirmedAt: row.integerOrNone('confirmed_at'),
    signer: checked(row.text('signer'), isFingerprint),
    sealed: row.bytes('sealed'),
    ownInfo: row.bytesOrNone('own_info'),
  };
}

/** Takes a row of the table `deliveries`, with `in_chunks`. */
export function readDelivery(row: Row): OutboxDelivery {
  const state = oneOf(OUTBOX_STATES, row.text('state'));
  const isUncertain = row.integer('uncertain') === 1;
  return {
    recipient: recipientOf(row),
    topic: row.text('topic'),
    state,
    partition: row.integerOrNone('partition'),
    offset: row.bigintOrNone('offset'),
    attempts: row.integer('attempts'),
    mayHaveLeft: state !== 'sent' && (state === 'publishing' || isUncertain),
    mayHaveLeftBefore: state !== 'sent' && isUncertain,
    inChunks: row.integer('in_chunks') === 1,
    sentAt: row.integerOrNone('sent_at'),
    nextAttemptAt: row.integer('next_attempt_at'),
    error: row.textOrNone('error'),
  };
}

/** Takes a row with `id` and `recipient`. */
export function readKey(row: Row): DeliveryKey {
  return { id: messageIdOf(row), recipient: recipientOf(row) };
}

/** A column that holds a message id. */
export function messageIdOf(row: Row, column = 'id'): MessageId {
  return checked(row.text(column), isMessageId);
}

/** The column `sender`. */
export function senderOf(row: Row): PeerName {
  return checked(row.text('sender'), isPeerName);
}

/** The column `recipient`. */
export function recipientOf(row: Row): PeerName {
  return checked(row.text('recipient'), isPeerName);
}

/** Takes a row of the table `quarantine`. */
export function readQuarantine(row: Row): QuarantineRow {
  const resolution = row.textOrNone('resolution');
  return {
    number: row.integer('number'),
    message: row.integerOrNone('message'),
    source: readSource(row),
    claimedSender: row.textOrNone('claimed_sender'),
    claimedId: row.textOrNone('claimed_id'),
    reason: row.text('reason'),
    detail: row.text('detail'),
    quarantinedAt: row.integer('quarantined_at'),
    size: row.integer('size'),
    sha256: row.text('sha256'),
    resolution: resolution === undefined ? undefined : oneOf(RESOLUTIONS, resolution),
    resolvedAt: row.integerOrNone('resolved_at'),
  };
}

/** The values of `cluster_id, topic, topic_id, partition`. */
export function positionValues(at: LogPosition): Bindable[] {
  return [at.clusterId, at.topic, at.topicId ?? '', at.partition];
}

/** The values of `cluster_id, topic, topic_id, partition, offset, appended_at`. */
export function sourceValues(source: RecordSource): Bindable[] {
  return [...positionValues(source), source.offset, source.appendedAt];
}

/** Takes the columns of a record's place. */
export function readSource(row: Row): RecordSource {
  const topicId = row.text('topic_id');
  return {
    clusterId: row.text('cluster_id'),
    topic: row.text('topic'),
    topicId: topicId === '' ? undefined : topicId,
    partition: row.integer('partition'),
    offset: row.bigint('offset'),
    appendedAt: row.integer('appended_at'),
  };
}

/** @throws MsgError `config` for text that no version of msg has written. */
export function checked<T extends string>(text: string, isRight: (text: string) => text is T): T {
  return isRight(text) ? text : corrupt(text);
}

/** @throws MsgError `config` for a word that no version of msg has written. */
export function oneOf<T extends string>(values: readonly T[], text: string): T {
  return values.find((value) => value === text) ?? corrupt(text);
}

/** A JSON array of texts. */
export function readTextArray(json: string): readonly string[] {
  try {
    const values: unknown = JSON.parse(json);
    if (Array.isArray(values) && values.every((one) => typeof one === 'string')) return values;
  } catch {
    // Falls through: it is no JSON.
  }
  return corrupt(json);
}

function corrupt(text: string): never {
  throw new MsgError('config', `the ledger holds an unexpected value: ${JSON.stringify(text)}`, {
    hint: 'it was changed by another program; restore it from a backup',
  });
}
