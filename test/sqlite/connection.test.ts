import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../src/sqlite/connection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

function open(path = join(temporaryDirectory(), 'file.db')): Connection {
  const connection = new Connection({
    path,
    what: 'the file',
    busy: 'ledger-busy',
    busyTimeout: 50,
  });
  onTestFinished(() => {
    connection.close();
  });
  return connection;
}

function table(): Connection {
  const connection = open();
  connection.exec('CREATE TABLE t (n INTEGER, s TEXT, b BLOB) STRICT');
  return connection;
}

test('every type comes back as it was bound, from get and from all', () => {
  const connection = table();
  const bytes = Uint8Array.of(9, 0, 255).subarray(1);
  connection.run('INSERT INTO t (n, s, b) VALUES (?, ?, ?)', 2n ** 63n - 1n, 'ü\n"', bytes);
  const sql = 'SELECT n, s, b FROM t';
  for (const row of [connection.get(sql), ...connection.all(sql)]) {
    expect(row?.bigint('n')).toBe(2n ** 63n - 1n);
    expect(row?.text('s')).toBe('ü\n"');
    expect(row?.bytes('b')).toEqual(Buffer.from([0, 255]));
  }
});

test('undefined is NULL, and an empty text or value is not', () => {
  const connection = table();
  connection.run('INSERT INTO t (n, s, b) VALUES (?, ?, ?)', undefined, '', new Uint8Array());
  const row = connection.get('SELECT n, s, b FROM t');
  expect(row?.integerOrNone('n')).toBeUndefined();
  expect(row?.textOrNone('s')).toBe('');
  expect(row?.bytes('b')).toHaveLength(0);
});

test('a column of another type than expected is refused', () => {
  const row = table().get(`SELECT 'text' AS s, 2.5 AS f, 1 AS n`);
  expect(() => row?.integer('s')).toThrow('column s holds string, not an integer');
  expect(() => row?.integer('f')).toThrow('column f holds number, not an integer');
  expect(() => row?.bytes('n')).toThrow('column n holds bigint, not bytes');
  expect(() => row?.text('absent')).toThrow('the result has no column absent');
});

test('a transaction that throws changes nothing and lets the next one begin', () => {
  const connection = table();
  const failing = (): void => {
    connection.transaction(() => {
      connection.run('INSERT INTO t (n) VALUES (1)');
      throw new Error('second thoughts');
    });
  };
  expect(failing).toThrow('second thoughts');
  connection.transaction(() => connection.run('INSERT INTO t (n) VALUES (2)'));
  expect(connection.all('SELECT n FROM t').map((row) => row.integer('n'))).toEqual([2]);
});

test('a statement that met a lock does not stand in the way of later ones', () => {
  const connection = table();
  const other = open(connection.path);
  other.exec('BEGIN IMMEDIATE');
  const insert = (): number => connection.run('INSERT INTO t (n) VALUES (1)');
  expect(insert).toThrow(expect.objectContaining({ code: 'ledger-busy' }));
  other.exec('ROLLBACK');
  connection.transaction(() => connection.run('INSERT INTO t (n) VALUES (2)'));
  expect(insert()).toBe(1);
  expect(connection.all('SELECT n FROM t')).toHaveLength(2);
});

test('a full disk inside a transaction is told as such, not as a failed rollback', () => {
  const connection = table();
  connection.exec('PRAGMA max_page_count = 10');
  const filling = (): void => {
    connection.transaction(() => {
      connection.run('INSERT INTO t (b) VALUES (?)', new Uint8Array(1_000_000));
    });
  };
  expect(filling).toThrow(expect.objectContaining({ code: 'disk-full' }));
  connection.exec('PRAGMA max_page_count = 1000');
  expect(filling).not.toThrow();
});

test('a commit is on the disk before it returns', () => {
  const connection = table();
  expect(connection.get('PRAGMA synchronous')?.integer('synchronous')).toBe(2);
  expect(connection.get('PRAGMA journal_mode')?.text('journal_mode')).toBe('wal');
});

test.each<[string, (connection: Connection) => unknown]>([
  ['reads', (connection) => connection.all('SELECT n FROM t')],
  ['writes', (connection) => connection.run('INSERT INTO t (n) VALUES (1)')],
  ['transactions', (connection) => connection.transaction(() => 1)],
])('%s after the end fail, and do not abort the process as libsql would', (_what, use) => {
  const connection = table();
  use(connection);
  connection.close();
  expect(() => use(connection)).toThrow('is used after it was closed');
});

test.each(['to write', 'to read'])(
  'a second connection %s in one process leaves the first its locks: no other process removes its log',
  (purpose) => {
    const path = join(temporaryDirectory(), 'file.db');
    const first = open(path);
    first.exec('CREATE TABLE t (n INTEGER) STRICT');
    new Connection({
      ...{ path, what: 'the file', busy: 'ledger-busy', readOnly: purpose === 'to read' },
    }).close();
    const other = `
      const { default: Database } = await import('libsql');
      const database = new Database(process.argv[1]);
      database.exec('INSERT INTO t VALUES (1)');
      database.close();
    `;
    execFileSync(process.execPath, ['--input-type=module', '-e', other, path]);
    expect(existsSync(`${path}-wal`)).toBe(true);
    first.run('INSERT INTO t VALUES (2)');
    expect(
      open(path)
        .all('SELECT n FROM t')
        .map((row) => row.integer('n')),
    ).toEqual([1, 2]);
  },
);

/** The length of the write-ahead log after each of so many commits of 100 kB, in bytes. */
function logAfterEach(commits: number): readonly number[] {
  const path = join(temporaryDirectory(), 'file.db');
  const connection = new Connection({
    ...{ path, what: 'the file', busy: 'ledger-busy', groupCommit: true },
  });
  onTestFinished(() => {
    connection.close();
  });
  connection.exec('CREATE TABLE t (b BLOB) STRICT');
  return Array.from({ length: commits }, () => {
    connection.run('INSERT INTO t (b) VALUES (?)', randomBytes(100_000));
    return statSync(`${path}-wal`).size;
  });
}

test('a few commits keep the log short for whoever opens the file next', () => {
  expect(logAfterEach(15).at(-1)).toBeLessThan(800_000);
});

test('many commits let it grow, and copy it less often', () => {
  const lengths = logAfterEach(60);
  expect(lengths.at(-1)).toBeGreaterThan(2_000_000);
  expect(Math.max(...lengths)).toBeLessThan(5_000_000);
});
