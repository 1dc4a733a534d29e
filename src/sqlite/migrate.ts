import { MsgError } from '../errors.js';
import type { Connection } from './connection.js';

/** A kind of database file and every step from nothing to its newest form. */
export interface Schema {
  /** What such a file is called in messages, for example `ledger`. */
  readonly name: string;
  /** SQLite's `application_id`: tells this kind of file from every other. */
  readonly applicationId: number;
  /**
   * `migrations[n]` words what leads from `user_version` n to n + 1. Never change one that was released.
   */
  readonly migrations: readonly (() => string)[];
  /** Fills a file that has just been made, in the transaction that makes it. */
  readonly seed: (connection: Connection) => void;
}

/**
 * Brings an open file to the newest version; one transaction, so that several processes may start at
 * once. A file that is up to date is only read.
 *
 * @throws MsgError `config` when the file is of another kind, or newer than this program.
 */
export function migrate(connection: Connection, schema: Schema): void {
  if (isUpToDate(connection, schema)) return;
  // Only in here nobody else makes the file between one question about it and the next.
  connection.transaction(() => {
    const version = versionOf(connection, schema);
    for (const step of schema.migrations.slice(version)) connection.exec(step());
    connection.exec(`PRAGMA application_id = ${schema.applicationId}`);
    connection.exec(`PRAGMA user_version = ${schema.migrations.length}`);
    if (version === 0) schema.seed(connection);
  });
}

function isUpToDate(connection: Connection, { applicationId, migrations }: Schema): boolean {
  const isNewest = pragma(connection, 'user_version') === migrations.length;
  return isNewest && pragma(connection, 'application_id') === applicationId;
}

function versionOf(connection: Connection, { name, applicationId, migrations }: Schema): number {
  const version = pragma(connection, 'user_version');
  const isOurs = pragma(connection, 'application_id') === applicationId;
  if (!isOurs && !isEmpty(connection)) {
    throw new MsgError('config', `${connection.path} is a database, but not a msg ${name}`, {
      hint: 'give the path of another file',
    });
  }
  if (version > migrations.length) {
    throw new MsgError(
      'config',
      `${connection.path} is a ${name} of version ${version}; this msg knows up to ${migrations.length}`,
      { hint: 'it was written by a newer msg: use that one' },
    );
  }
  return version;
}

function isEmpty(connection: Connection): boolean {
  return connection.get('SELECT 1 AS one FROM sqlite_schema LIMIT 1') === undefined;
}

function pragma(connection: Connection, name: 'user_version' | 'application_id'): number {
  return connection.get(`SELECT ${name} AS value FROM pragma_${name}`)?.integer('value') ?? 0;
}
