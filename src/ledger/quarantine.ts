import { hash } from 'node:crypto';
import type { Clock } from '../domain/environment.js';
import type { Bindable, Connection } from '../sqlite/connection.js';
import type {
  InboxRow,
  QuarantinedBytes,
  QuarantineFilter,
  QuarantineRow,
  RecordSource,
  RefusedRecord,
  Resolution,
  UnjudgedCount,
} from './port.js';
import { readQuarantine, sourceValues } from './rows.js';

/** How much is kept of a record when the pool is full, in bytes. */
const HEAD = 4 * 1024;

/** So many records may wait for their signers to be judged. */
const MOST_UNJUDGED = 10_000;

const UNJUDGED = 'lane IS NOT NULL AND resolution IS NULL';

/** Why something is put into quarantine. */
export interface Reason {
  readonly reason: string;
  readonly detail: string;
}

interface Entry extends Reason {
  readonly message: number | undefined;
  /** Whether the claimed sender has proven that this is the message with the claimed id. */
  readonly proven?: boolean;
  /** The id, where it is about one message of a batch. */
  readonly item?: string | undefined;
  /** The batch that has the bytes. */
  readonly container?: number;
  readonly source: RecordSource;
  readonly claimedSender: string | undefined;
  readonly claimedId: string | undefined;
  readonly sealed: Uint8Array;
  readonly lane?: string | undefined;
}

/** Records that were refused for good: each record of a log once, however often it is read. */
export class Quarantine {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #pool: number;

  /** @param pool how many bytes of records that nobody verified are kept. */
  constructor(connection: Connection, clock: Clock, pool: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#pool = pool;
  }

  /** Keeps a refused record; to be called in a transaction. */
  add(refused: RefusedRecord): void {
    const number = this.#put({ ...refused, message: undefined });
    if (number === undefined) return;
    this.#connection.run(
      'DELETE FROM quarantine_sealed WHERE number = ? AND length(sealed) < ?',
      ...[number, refused.sealed.length],
    );
    this.#connection.run(
      'INSERT INTO quarantine_sealed (number, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING',
      number,
      refused.lane === undefined ? this.#whatFits(refused.sealed) : refused.sealed,
    );
  }

  /** Keeps a verified message that cannot be delivered; to be called in a transaction. */
  addMessage(row: InboxRow & { readonly sealed: Uint8Array }, why: Reason): void {
    const { number: message, source, sender, id, sealed } = row;
    const item = row.item === undefined ? undefined : id;
    this.#put({ message, item, source, claimedSender: sender, claimedId: id, sealed, ...why });
  }

  /** Keeps one message of a batch whose id stands for another one; to be called in a transaction. */
  addItem(container: number, item: string, refused: Omit<RefusedRecord, 'sealed'>): void {
    const sealed = this.#connection
      .get('SELECT sealed FROM inbox_sealed WHERE number = ?', container)
      ?.bytes('sealed');
    const entry = { ...refused, message: undefined, item, container };
    this.#put({ ...entry, sealed: sealed ?? new Uint8Array() });
  }

  list(filter: QuarantineFilter): readonly QuarantineRow[] {
    const { limit, before, reason, sender, since, until, resolved } = filter;
    const conditions: [sql: string, value: Bindable][] = [
      ['number < ?', before],
      ['reason = ?', reason],
      ['claimed_sender = ?', sender],
      ['quarantined_at >= ?', since],
      ['quarantined_at < ?', until],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = [
      ...(resolved === true ? [] : ['resolution IS NULL']),
      ...given.map(([sql]) => sql),
    ].join(' AND ');
    return this.#connection
      .all(
        `SELECT * FROM quarantine ${where === '' ? '' : `WHERE ${where}`}
         ORDER BY number DESC LIMIT ?`,
        ...given.map(([, value]) => value),
        limit ?? -1,
      )
      .map(readQuarantine)
      .reverse();
  }

  find(number: number): QuarantineRow | undefined {
    const row = this.#connection.get('SELECT * FROM quarantine WHERE number = ?', number);
    return row && readQuarantine(row);
  }

  sealed(number: number): QuarantinedBytes | undefined {
    const row = this.#connection.get(
      `SELECT q.size, coalesce(s.sealed, i.sealed, c.sealed) AS sealed FROM quarantine q
       LEFT JOIN quarantine_sealed s ON s.number = q.number
       LEFT JOIN inbox_sealed i ON i.number = q.message
       LEFT JOIN inbox_sealed c ON c.number = coalesce(q.container,
         (SELECT min(container) FROM inbox_items WHERE inbox_items.number = q.message))
       WHERE q.number = ? AND coalesce(s.sealed, i.sealed, c.sealed) IS NOT NULL`,
      number,
    );
    if (row === undefined) return undefined;
    const bytes = row.bytes('sealed');
    return { bytes, isWhole: bytes.length === row.integer('size') };
  }

  unjudgedLanes(): readonly string[] {
    return this.#connection
      .all(`SELECT DISTINCT lane FROM quarantine WHERE ${UNJUDGED} ORDER BY lane`)
      .map((row) => row.text('lane'));
  }

  nextUnjudged(lane: string): QuarantineRow | undefined {
    const sql = `SELECT * FROM quarantine WHERE lane = ? AND ${UNJUDGED} ORDER BY number LIMIT 1`;
    const row = this.#connection.get(sql, lane);
    return row && readQuarantine(row);
  }

  unjudged(): UnjudgedCount {
    const row = this.#connection.get(
      `SELECT count(*) AS records, min(quarantined_at) AS since FROM quarantine WHERE ${UNJUDGED}`,
    );
    const records = row?.integer('records') ?? 0;
    return { records, bytes: this.#pooled(), since: row?.integerOrNone('since') };
  }

  hasRoomFor(size: number): boolean {
    const { records, bytes } = this.unjudged();
    return records < MOST_UNJUDGED && bytes + size <= this.#pool;
  }

  /** Whether an operator has dropped this very record. */
  isDropped(at: RecordSource): boolean {
    const [clusterId, topic, topicId, partition, offset] = sourceValues(at);
    return (
      this.#connection.get(
        `SELECT 1 AS one FROM quarantine WHERE cluster_id = ? AND topic = ? AND topic_id = ?
           AND partition = ? AND offset = ? AND item = '' AND resolution = 'dropped'`,
        ...[clusterId, topic, topicId, partition, offset],
      ) !== undefined
    );
  }

  /** Gives an entry its new reason; to be called in a transaction. */
  explain(
    number: number,
    { reason, detail, proven = false, ...claimed }: RefusedRecord,
  ): 'refused' | 'resolved' {
    const changed = this.#connection.run(
      `UPDATE quarantine SET reason = ?1, detail = ?2, lane = NULL, proven = ?3,
         claimed_sender = ?4, claimed_id = ?5 WHERE number = ?6 AND resolution IS NULL`,
      ...[reason, detail, proven ? 1 : 0, claimed.claimedSender, claimed.claimedId, number],
    );
    return changed === 1 ? 'refused' : 'resolved';
  }

  /** Says what became of an entry, and lets its bytes go; to be called in a transaction. */
  resolve(number: number, resolution: Resolution): QuarantineRow | undefined {
    const row = this.#connection.get(
      `UPDATE quarantine SET resolution = ?, resolved_at = ? WHERE number = ?
         AND resolution IS NULL RETURNING *`,
      resolution,
      this.#clock(),
      number,
    );
    this.#connection.run('DELETE FROM quarantine_sealed WHERE number = ?', number);
    return row && readQuarantine(row);
  }

  /** A record that is refused anew has its new reason; one that was dropped stays so. */
  #put({ message, source, sealed, ...entry }: Entry): number | undefined {
    return this.#connection
      .get(
        `INSERT INTO quarantine (message, item, container, lane, proven, claimed_sender, claimed_id, reason, detail, quarantined_at,
           cluster_id, topic, topic_id, partition, offset, appended_at, size, sha256)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET message = excluded.message, lane = excluded.lane, proven = excluded.proven, reason = excluded.reason,
           detail = excluded.detail, claimed_sender = excluded.claimed_sender,
           claimed_id = excluded.claimed_id, size = excluded.size, sha256 = excluded.sha256,
           resolution = NULL, resolved_at = NULL,
           quarantined_at = CASE WHEN resolution IS NULL THEN quarantined_at
             ELSE excluded.quarantined_at END
         WHERE resolution IS NOT 'dropped'
           AND (excluded.message IS NOT NULL OR quarantine.message IS NULL) RETURNING number`,
        ...[message, entry.item ?? '', entry.container, entry.lane],
        entry.proven === true ? 1 : 0,
        entry.claimedSender,
        entry.claimedId,
        entry.reason,
        entry.detail,
        this.#clock(),
        ...sourceValues(source),
        sealed.length,
        hash('sha256', sealed),
      )
      ?.integer('number');
  }

  /** All of a record while there is room, then its beginning, and of that no more than as much again. */
  #whatFits(sealed: Uint8Array): Uint8Array {
    const kept = this.#pooled();
    if (kept + sealed.length <= this.#pool) return sealed;
    return sealed.subarray(0, kept + HEAD <= 2 * this.#pool ? HEAD : 0);
  }

  #pooled(): number {
    return this.#connection.get('SELECT bytes FROM quarantine_pool')?.integer('bytes') ?? 0;
  }
}
