import { MsgError } from '../../errors.js';
import type { Connection } from '../../sqlite/connection.js';
import type { Row } from '../../sqlite/row.js';
import type { OutgoingRecord, PartitionId, Position, StoredRecord, TopicSpec } from '../port.js';
import { readHeaders } from './headers.js';

/** A topic of the log. */
export interface Topic {
  readonly number: number;
  readonly name: string;
  readonly retention: number;
  readonly partitions: readonly LogPartition[];
}

/** A partition: the name it has for everyone, and its number inside the file. */
export interface LogPartition {
  readonly number: number;
  readonly id: PartitionId;
}

/** The first offset still there, and the one that the next record will get. */
export interface Bounds {
  readonly low: bigint;
  readonly high: bigint;
}

/** How much one read brings at most; a single record may be larger. */
export interface ReadLimits {
  readonly records: number;
  readonly bytes: number;
}

/** How many records are dropped in one transaction, so that publishers are not held up. */
const TRIM_STEP = 1000;

/** The log's tables: topics, records and committed positions. Every change is one transaction. */
export class LogStore {
  readonly connection: Connection;
  readonly clusterId: string;

  constructor(connection: Connection) {
    this.connection = connection;
    this.clusterId = connection.get('SELECT cluster_id FROM log')?.text('cluster_id') ?? '';
  }

  /** Creates a topic that is absent; says whether it did. */
  createTopic({ topic, partitions, retention }: TopicSpec, topicId: string): boolean {
    return this.connection.transaction(() => {
      const created = this.connection.run(
        'INSERT INTO topics (name, topic_id, retention) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        topic,
        topicId,
        retention,
      );
      for (let partition = 0; created === 1 && partition < partitions; partition++) {
        this.connection.run(
          `INSERT INTO partitions (topic, partition)
           SELECT number, ? FROM topics WHERE topic_id = ?`,
          partition,
          topicId,
        );
      }
      return created === 1;
    });
  }

  /**
   * A topic with its partitions in order.
   *
   * @throws MsgError `not-found`
   */
  topic(name: string): Topic {
    const rows = this.connection.all(
      `SELECT t.number AS topic, t.topic_id, t.retention, p.number, p.partition
       FROM topics t JOIN partitions p ON p.topic = t.number WHERE t.name = ? ORDER BY p.partition`,
      name,
    );
    const [first] = rows;
    if (first === undefined) {
      throw new MsgError('not-found', `no topic ${name} in the log ${this.connection.path}`, {
        hint: 'its owner creates it as an inbox',
      });
    }
    return {
      number: first.integer('topic'),
      name,
      retention: first.integer('retention'),
      partitions: rows.map((row) => this.#partition(name, row)),
    };
  }

  /** Appends records in order and gives the offset of the first. */
  append(to: LogPartition, records: readonly OutgoingRecord[], appendedAt: number): bigint {
    return this.connection.transaction(() => {
      const base = this.bounds(to).high;
      records.forEach(({ key, headers, value }, index) => {
        this.connection.run(
          `INSERT INTO records (partition, offset, appended_at, key, headers, value)
           VALUES (?, ?, ?, ?, ?, ?)`,
          to.number,
          base + BigInt(index),
          appendedAt,
          key,
          JSON.stringify(headers),
          value,
        );
      });
      const high = base + BigInt(records.length);
      this.connection.run('UPDATE partitions SET high = ? WHERE number = ?', high, to.number);
      return base;
    });
  }

  /** Consecutive records from the first one at or after `from`; none at the end of the log. */
  read(at: LogPartition, from: bigint, limits: ReadLimits): readonly StoredRecord[] {
    const last = this.#lastWithin(at, from, limits);
    if (last === undefined) return [];
    return this.connection
      .all(
        `SELECT offset, appended_at, key, headers, value FROM records
         WHERE partition = ? AND offset BETWEEN ? AND ? ORDER BY offset`,
        at.number,
        from,
        last,
      )
      .map((row) => ({
        topic: at.id.topic,
        partition: at.id.partition,
        offset: row.bigint('offset'),
        appendedAt: row.integer('appended_at'),
        key: row.text('key'),
        value: row.bytes('value'),
        headers: readHeaders(row.text('headers')),
      }));
  }

  /** @throws MsgError `not-found` when the partition is gone. */
  bounds(at: LogPartition): Bounds {
    const row = this.connection.get('SELECT low, high FROM partitions WHERE number = ?', at.number);
    if (row === undefined) throw new MsgError('not-found', `no topic ${at.id.topic} any more`);
    return { low: row.bigint('low'), high: row.bigint('high') };
  }

  /** The offset of the first record appended at that time or later, or of the next one. */
  offsetAt(at: LogPartition, time: number): bigint {
    const row = this.connection.get(
      `SELECT offset FROM records WHERE partition = ? AND appended_at >= ?
       ORDER BY offset LIMIT 1`,
      at.number,
      time,
    );
    return row?.bigint('offset') ?? this.bounds(at).high;
  }

  /** When the first record at or after an offset was appended. */
  appendTime(at: LogPartition, offset: bigint): number | undefined {
    return this.connection
      .get(
        'SELECT appended_at FROM records WHERE partition = ? AND offset >= ? ORDER BY offset LIMIT 1',
        at.number,
        offset,
      )
      ?.integer('appended_at');
  }

  committed(at: LogPartition, group: string): Pick<Position, 'committed' | 'metadata'> {
    const row = this.connection.get(
      'SELECT committed, metadata FROM positions WHERE group_name = ? AND partition = ?',
      group,
      at.number,
    );
    return { committed: row?.bigint('committed'), metadata: row?.text('metadata') };
  }

  /** Drops the records appended before a time, oldest first; says how many went. */
  trim(at: LogPartition, before: number): number {
    const old = this.#oldest(at, before);
    if (old === undefined) return 0;
    return this.dropBefore(at, old + 1n);
  }

  /** Drops the records before an offset and moves the low watermark there. */
  dropBefore(at: LogPartition, offset: bigint): number {
    return this.connection.transaction(() => {
      this.connection.run(
        'UPDATE partitions SET low = ? WHERE number = ? AND low < ?',
        offset,
        at.number,
        offset,
      );
      return this.connection.run(
        'DELETE FROM records WHERE partition = ? AND offset < ?',
        at.number,
        offset,
      );
    });
  }

  /** The last of the leading records that are all older than a time. */
  #oldest(at: LogPartition, before: number): bigint | undefined {
    const rows = this.connection.all(
      `SELECT offset, appended_at FROM records WHERE partition = ? ORDER BY offset LIMIT ?`,
      at.number,
      TRIM_STEP,
    );
    const fresh = rows.findIndex((row) => row.integer('appended_at') >= before);
    const old = fresh === -1 ? rows : rows.slice(0, fresh);
    return old.at(-1)?.bigint('offset');
  }

  /** The last offset that still fits into one read: the first record always does. */
  #lastWithin(at: LogPartition, from: bigint, limits: ReadLimits): bigint | undefined {
    const rows = this.connection.all(
      `SELECT offset, length(value) AS size FROM records
       WHERE partition = ? AND offset >= ? ORDER BY offset LIMIT ?`,
      at.number,
      from,
      limits.records,
    );
    let bytes = 0;
    const over = rows.findIndex((row) => (bytes += row.integer('size')) > limits.bytes);
    return rows[over === -1 ? rows.length - 1 : Math.max(over - 1, 0)]?.bigint('offset');
  }

  #partition(topic: string, row: Row): LogPartition {
    const partition = row.integer('partition');
    const topicId = row.text('topic_id');
    return {
      number: row.integer('number'),
      id: { clusterId: this.clusterId, topic, topicId, partition },
    };
  }
}
