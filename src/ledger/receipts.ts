import { createHash } from 'node:crypto';
import { ANSWERS, type ItemException } from '../domain/attested.js';
import type { Clock } from '../domain/environment.js';
import { isFingerprint } from '../domain/fingerprint.js';
import { isMessageId, type MessageId } from '../domain/message-id.js';
import { isPeerName } from '../domain/peer-name.js';
import type { Connection } from '../sqlite/connection.js';
import type { Row } from '../sqlite/row.js';
import { conditions } from './conditions.js';
import type {
  Evidence,
  EvidenceKind,
  IncomingReceipt,
  KeptOriginal,
  ReceiptFilter,
  ReceiptRow,
} from './port.js';
import { checked, messageIdOf, oneOf, readSource, readTextArray, sourceValues } from './rows.js';

const EVIDENCE: readonly EvidenceKind[] = ['issuer', 'anchor', 'crl', 'own-issuer', 'own-anchor'];

/** Receipts of what was sent, and what they are checked against. */
export class Receipts {
  readonly #connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** To be called in a transaction. */
  keepOriginal(original: KeptOriginal): void {
    this.#connection.run(
      `INSERT INTO originals (signature, id, digest, recipients, signed_data) VALUES (?, ?, ?, ?, ?)`,
      original.signature,
      original.id,
      original.digest,
      JSON.stringify(original.recipients),
      original.signedData,
    );
    // Signed anew it has the same messages in the same order.
    this.#connection.run(
      `INSERT INTO original_items (item, id, place) SELECT value, ?, key FROM json_each(?)
       WHERE true ON CONFLICT DO NOTHING`,
      ...[original.id, JSON.stringify(original.items ?? [])],
    );
  }

  /** The message certainly never left, so nobody can have signed for it; in a transaction. */
  forgetOriginals(id: MessageId): void {
    this.#connection.run('DELETE FROM originals WHERE id = ?', id);
    this.forgetItems(id);
  }

  /** The messages of this batch go in others; in a transaction. */
  forgetItems(id: MessageId): void {
    this.#connection.run('DELETE FROM original_items WHERE id = ?', id);
  }

  originals(id: MessageId): readonly KeptOriginal[] {
    return this.#connection.all('SELECT * FROM originals WHERE id = ?', id).map(readOriginal);
  }

  originalOf(signature: string): KeptOriginal | undefined {
    const row = this.#connection.get('SELECT * FROM originals WHERE signature = ?', signature);
    return row && readOriginal(row);
  }

  /** Keeps what nobody has said before; to be called in a transaction. */
  add(receipt: IncomingReceipt): 'receipt' | 'duplicate' {
    const { id, peer, says, source } = receipt;
    const repeated = this.#connection.run(
      `UPDATE receipts SET repeats = repeats + NOT
         (cluster_id = ? AND topic = ? AND topic_id = ? AND partition = ? AND offset = ?)
       WHERE id = ? AND peer = ? AND says = ? AND excepted = ?`,
      ...sourceValues(source).slice(0, -1),
      ...[id, peer, says, JSON.stringify(receipt.except ?? [])],
    );
    if (repeated > 0) return 'duplicate';
    this.#insert(receipt);
    return 'receipt';
  }

  list(filter: ReceiptFilter): readonly ReceiptRow[] {
    const { id, says, limit, ...others } = filter;
    const item = id === undefined ? undefined : this.#placeOf(id);
    if (id === undefined || item === undefined) return this.#list(filter);
    return this.#list({ ...others, id: item.batch })
      .map((row) => spokenOf(row, { id, place: item.place }))
      .filter((row) => says === undefined || row.says === says)
      .slice(-(limit ?? Infinity));
  }

  #placeOf(item: MessageId): { readonly batch: MessageId; readonly place: number } | undefined {
    const row = this.#connection.get('SELECT id, place FROM original_items WHERE item = ?', item);
    return row && { batch: messageIdOf(row), place: row.integer('place') };
  }

  #list(filter: ReceiptFilter): readonly ReceiptRow[] {
    const { where, values } = conditions([
      filter.id && ['id = ?', filter.id],
      filter.peer && ['peer = ?', filter.peer],
      filter.says && ['says = ?', filter.says],
      filter.since === undefined ? undefined : ['received_at >= ?', filter.since],
      filter.until === undefined ? undefined : ['received_at < ?', filter.until],
    ]);
    return this.#connection
      .all(
        `SELECT * FROM receipts ${where} ORDER BY received_at DESC, number DESC LIMIT ?`,
        ...values,
        filter.limit ?? -1,
      )
      .map(readReceipt)
      .reverse();
  }

  proof(number: number): Pick<IncomingReceipt, 'signedData' | 'evidence'> | undefined {
    const row = this.#connection.get('SELECT signed_data FROM receipts WHERE number = ?', number);
    if (row === undefined) return undefined;
    const evidence = this.#connection
      .all(
        `SELECT r.kind, e.content FROM receipt_evidence r JOIN evidence e USING (sha256)
         WHERE r.receipt = ? ORDER BY r.kind, r.position`,
        number,
      )
      .map((one) => ({ kind: oneOf(EVIDENCE, one.text('kind')), content: one.bytes('content') }));
    return { signedData: row.bytes('signed_data'), evidence };
  }

  #insert(receipt: IncomingReceipt): void {
    const number = this.#connection
      .get(
        `INSERT INTO receipts (id, peer, says, reason, detail, signature, signer, signed_data,
           judgement, excepted, received_at, cluster_id, topic, topic_id, partition, offset, appended_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
        ...[receipt.id, receipt.peer, receipt.says, receipt.reason, receipt.detail],
        ...[receipt.signature, receipt.signer, receipt.signedData, receipt.judgement],
        JSON.stringify(receipt.except ?? []),
        this.#clock(),
        ...sourceValues(receipt.source),
      )
      ?.integer('number');
    for (const [position, evidence] of receipt.evidence.entries()) {
      this.#addEvidence(number ?? 0, position, evidence);
    }
  }

  #addEvidence(receipt: number, position: number, { kind, content }: Evidence): void {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.#connection.run(
      'INSERT INTO evidence (sha256, content) VALUES (?, ?) ON CONFLICT DO NOTHING',
      ...[sha256, content],
    );
    this.#connection.run(
      'INSERT INTO receipt_evidence (receipt, kind, position, sha256) VALUES (?, ?, ?, ?)',
      ...[receipt, kind, position, sha256],
    );
  }
}

function readOriginal(row: Row): KeptOriginal {
  return {
    id: checked(row.text('id'), isMessageId),
    signature: row.text('signature'),
    digest: row.text('digest'),
    recipients: readTextArray(row.text('recipients')).map((name) => checked(name, isPeerName)),
    signedData: row.bytes('signed_data'),
  };
}

function readReceipt(row: Row): ReceiptRow {
  return {
    number: row.integer('number'),
    id: checked(row.text('id'), isMessageId),
    peer: checked(row.text('peer'), isPeerName),
    says: oneOf(ANSWERS, row.text('says')),
    reason: row.textOrNone('reason'),
    detail: row.textOrNone('detail'),
    signature: row.text('signature'),
    signer: checked(row.text('signer'), isFingerprint),
    judgement: row.text('judgement'),
    receivedAt: row.integer('received_at'),
    repeats: row.integer('repeats'),
    ...readExceptions(row.text('excepted')),
    source: readSource(row),
  };
}

/** What a receipt of a batch says of one of its messages. */
function spokenOf(
  { except = [], ...row }: ReceiptRow,
  { id, place }: { readonly id: MessageId; readonly place: number },
): ReceiptRow {
  const excepted = except.find(({ at }) => at === place);
  const said = excepted === undefined ? {} : { says: 'rejected' as const, reason: excepted.reason };
  return { ...row, ...said, id, batch: row.id };
}

function readExceptions(json: string): Pick<ReceiptRow, 'except'> {
  const values: unknown = JSON.parse(json);
  if (!Array.isArray(values) || values.length === 0) return {};
  return { except: values.filter(isException) };
}

function isException(value: unknown): value is ItemException {
  return typeof value === 'object' && value !== null && 'at' in value && 'reason' in value;
}
