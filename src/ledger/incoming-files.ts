import type { Clock } from '../domain/environment.js';
import type { Connection } from '../sqlite/connection.js';
import type {
  AnnouncedFile,
  IncomingFile,
  IncomingMessage,
  OrphanCount,
  PendingLimits,
  RefusedRecord,
  SpooledPayload,
} from './port.js';
import type { Quarantine } from './quarantine.js';
import { INCOMING_FILE_COLUMNS, readIncomingFile, sourceValues } from './rows.js';

/** So many unknown files' chunks are told apart; of more, the oldest are forgotten. */
const MOST_ORPHAN_FILES = 1000;

const MEGABYTE = 1024 * 1024;

/** Large payloads on their way in. */
export class IncomingFiles {
  readonly #connection: Connection;
  readonly #quarantine: Quarantine;
  readonly #clock: Clock;

  constructor(connection: Connection, quarantine: Quarantine, clock: Clock) {
    this.#connection = connection;
    this.#quarantine = quarantine;
    this.#clock = clock;
  }

  find(fileId: Uint8Array): readonly IncomingFile[] {
    return this.#select('WHERE file_id = ? ORDER BY number', fileId);
  }

  list(): readonly IncomingFile[] {
    return this.#select('ORDER BY number');
  }

  /** The digest of the message with this id whose chunks are being waited for. */
  digestOf({ sender, id }: Pick<IncomingMessage, 'sender' | 'id'>): string | undefined {
    return this.#connection
      .get('SELECT digest FROM incoming_files WHERE sender = ? AND id = ?', sender, id)
      ?.text('digest');
  }

  /** Waits for a file's chunks, unless its sender has too much under way; in a transaction. */
  announce(
    message: IncomingMessage,
    file: AnnouncedFile,
    limits: PendingLimits,
  ): 'begun' | 'refused' {
    const excess = this.#excess(message, file, limits);
    if (excess !== undefined) {
      this.#quarantine.add(refusal(message, { reason: 'pending-limit', detail: excess }));
      return 'refused';
    }
    const now = this.#clock();
    this.#connection.run(
      `INSERT INTO incoming_files (sender, id, digest, kind, type, correlation_id, signer, header,
         file_id, size, count, chunks, begun_at, moved_at, expires_at,
         cluster_id, topic, topic_id, partition, offset, appended_at, sealed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[message.sender, message.id, message.digest, message.kind, message.type],
      ...[message.correlationId, message.signer, message.header],
      ...[file.fileId, file.size, file.count, Buffer.alloc(Math.ceil(file.count / 8))],
      ...[now, now, file.expiresAt],
      ...sourceValues(message.source),
      message.sealed,
    );
    return 'begun';
  }

  /**
   * Notes a chunk that is on the disk, whoever else notes others meanwhile; in a transaction.
   *
   * @returns `stale` when it was there, or the file is not waited for any more.
   */
  note(number: number, index: number): 'progress' | 'stale' {
    const row = this.#connection.get('SELECT chunks FROM incoming_files WHERE number = ?', number);
    if (row === undefined) return 'stale';
    const chunks = Buffer.from(row.bytes('chunks'));
    const byte = chunks[index >> 3] ?? 0;
    const bit = 1 << (index & 7);
    if ((byte & bit) !== 0) return 'stale';
    chunks[index >> 3] = byte | bit;
    this.#connection.run(
      'UPDATE incoming_files SET chunks = ?, received = received + 1, moved_at = ? WHERE number = ?',
      ...[chunks, this.#clock(), number],
    );
    return 'progress';
  }

  /** Gives the file up to whoever delivers it, if every chunk is there; in a transaction. */
  takeWhole(number: number): IncomingFile | undefined {
    const [file] = this.#select('WHERE number = ? AND received = count', number);
    if (file !== undefined) this.#forget(number);
    return file;
  }

  /** The payload of a message that is in the inbox now lies in the spool; in a transaction. */
  keepSpooled({ number, file }: SpooledPayload, fileId: Uint8Array): void {
    this.#connection.run('INSERT INTO spooled (number, file) VALUES (?, ?)', number, file);
    this.#connection.run('INSERT INTO whole_files (file_id, number) VALUES (?, ?)', fileId, number);
  }

  /** Moves a file to quarantine, if it is there, and gives it; in a transaction. */
  fail(number: number, why: Pick<RefusedRecord, 'reason' | 'detail'>): IncomingFile | undefined {
    const [file] = this.#select('WHERE number = ?', number);
    if (file === undefined) return undefined;
    this.#forget(number);
    this.#quarantine.add(refusal(file, why));
    return file;
  }

  /** The sender takes a file back: to quarantine with it; in a transaction. */
  abort(fileId: Uint8Array, { claimedSender, detail }: RefusedRecord): boolean {
    const ended = this.find(fileId)
      .filter(({ sender }) => sender === claimedSender)
      .map(({ number }) => this.fail(number, { reason: 'aborted', detail }));
    return ended.length > 0;
  }

  expire(times: { readonly idleSince: number; readonly now: number }) {
    const idle = this.#select('WHERE moved_at < ?', times.idleSince).map((file) => ({
      ...file,
      ...{ reason: 'incomplete', detail: incomplete(file) },
    }));
    const expired = this.#select('WHERE expires_at <= ?', times.now).map((file) => ({
      ...file,
      ...{ reason: 'expired', detail: `it expired before all of it had come` },
    }));
    return [...idle, ...expired].filter(({ number, reason, detail }) =>
      this.fail(number, { reason, detail }),
    );
  }

  startOver(number: number): void {
    this.#connection.run(
      `UPDATE incoming_files SET chunks = zeroblob(length(chunks)), received = 0 WHERE number = ?`,
      number,
    );
  }

  spooled(number: number): string | undefined {
    return this.#connection.get('SELECT file FROM spooled WHERE number = ?', number)?.text('file');
  }

  allSpooled(): readonly SpooledPayload[] {
    return this.#connection.all('SELECT number, file FROM spooled').map(readSpooled);
  }

  releasable(): readonly SpooledPayload[] {
    return this.#connection
      .all(
        `SELECT s.number, s.file FROM spooled s JOIN inbox i ON i.number = s.number
         WHERE i.state = 'done' OR (i.state = 'quarantined'
           AND NOT EXISTS (SELECT 1 FROM inbox_sealed WHERE inbox_sealed.number = s.number))`,
      )
      .map(readSpooled);
  }

  released(number: number): void {
    this.#connection.run('DELETE FROM spooled WHERE number = ?', number);
  }

  /** Counts a chunk that nobody waits for, unless its file has come already; in a transaction. */
  countOrphan(fileId: Uint8Array, size: number): 'orphan' | 'stale' {
    if (this.#isWhole(fileId)) return 'stale';
    this.#connection.run(
      `INSERT INTO orphan_chunks (file_id, chunks, bytes, last_at) VALUES (?1, 1, ?2, ?3)
       ON CONFLICT DO UPDATE SET chunks = chunks + 1, bytes = bytes + ?2, last_at = ?3`,
      ...[fileId, size, this.#clock()],
    );
    this.#connection.run(
      `DELETE FROM orphan_chunks WHERE file_id IN
         (SELECT file_id FROM orphan_chunks ORDER BY last_at DESC LIMIT -1 OFFSET ?)`,
      MOST_ORPHAN_FILES,
    );
    return 'orphan';
  }

  orphans(): OrphanCount {
    const row = this.#connection.get(
      `SELECT count(*) AS files, coalesce(sum(chunks), 0) AS chunks, coalesce(sum(bytes), 0) AS bytes
       FROM orphan_chunks`,
    );
    return {
      files: row?.integer('files') ?? 0,
      chunks: row?.integer('chunks') ?? 0,
      bytes: row?.integer('bytes') ?? 0,
    };
  }

  #select(condition: string, ...values: (number | Uint8Array)[]): readonly IncomingFile[] {
    return this.#connection
      .all(`SELECT ${INCOMING_FILE_COLUMNS} FROM incoming_files i ${condition}`, ...values)
      .map(readIncomingFile);
  }

  #isWhole(fileId: Uint8Array): boolean {
    const row = this.#connection.get(
      'SELECT 1 AS one FROM whole_files WHERE file_id = ? LIMIT 1',
      fileId,
    );
    return row !== undefined;
  }

  #forget(number: number): void {
    this.#connection.run('DELETE FROM incoming_files WHERE number = ?', number);
  }

  #excess(
    { sender }: IncomingMessage,
    { size }: AnnouncedFile,
    limits: PendingLimits,
  ): string | undefined {
    const row = this.#connection.get(
      `SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM incoming_files
       WHERE sender = ?`,
      sender,
    );
    const files = 1 + (row?.integer('files') ?? 0);
    const bytes = size + (row?.integer('bytes') ?? 0);
    if (files > limits.files) {
      return `it would be file ${files} of ${sender} under way at once; ${limits.files} may be`;
    }
    if (bytes <= limits.bytes) return undefined;
    const [wanted, allowed] = [bytes, limits.bytes].map((one) => Math.ceil(one / MEGABYTE));
    return `${sender} would have ${wanted} MiB under way at once; ${allowed} MiB may be`;
  }
}

function incomplete({ received, count }: IncomingFile): string {
  return `only ${received} of ${count} chunks came; its sender has to send it again`;
}

function refusal(
  { source, sender, id, sealed }: IncomingMessage,
  why: Pick<RefusedRecord, 'reason' | 'detail'>,
): RefusedRecord {
  return { source, claimedSender: sender, claimedId: id, proven: true, ...why, sealed };
}

function readSpooled(row: { integer(c: string): number; text(c: string): string }): SpooledPayload {
  return { number: row.integer('number'), file: row.text('file') };
}
