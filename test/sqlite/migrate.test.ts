import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connection } from '../../src/sqlite/connection.js';
import { migrate, type Schema } from '../../src/sqlite/migrate.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const V1 = 'CREATE TABLE peers (name TEXT)';
const V2 = `ALTER TABLE peers ADD COLUMN country TEXT; UPDATE peers SET country = 'unknown'`;
const V3 = 'CREATE INDEX peers_country ON peers (country)';

function schema(migrations: string[]): Schema {
  return {
    name: 'test file',
    applicationId: 4711,
    migrations: migrations.map((step) => () => step),
    seed: (connection) => connection.run(`INSERT INTO peers (name) VALUES ('seed')`),
  };
}

function open(path = join(temporaryDirectory(), 'file.db')): Connection {
  const connection = new Connection({ path, what: 'the file', busy: 'ledger-busy' });
  onTestFinished(() => {
    connection.close();
  });
  return connection;
}

function versionOf(connection: Connection): number | undefined {
  return connection.get('PRAGMA user_version')?.integer('user_version');
}

test('a file of version 1 goes through every later step, in order, with its contents', () => {
  const connection = open();
  migrate(connection, schema([V1]));
  connection.run('INSERT INTO peers (name) VALUES (?)', 'acme');
  migrate(connection, schema([V1, V2, V3]));
  expect(versionOf(connection)).toBe(3);
  const rows = connection.all('SELECT name, country FROM peers ORDER BY rowid');
  expect(rows.map((row) => [row.text('name'), row.text('country')])).toEqual([
    ['seed', 'unknown'],
    ['acme', 'unknown'],
  ]);
});

test('a new file is seeded once, at its newest version', () => {
  const connection = open();
  migrate(connection, schema([V1, V2, V3]));
  migrate(connection, schema([V1, V2, V3]));
  migrate(open(connection.path), schema([V1, V2, V3]));
  expect(connection.all('SELECT name FROM peers')).toHaveLength(1);
});

test.each(['user_version', 'application_id', 'sqlite_schema'])(
  'a file that another process makes just after %s was asked for is taken as it is',
  (question) => {
    const steps = schema([V1, V2, V3]);
    const connection = open();
    const other = open(connection.path);
    const get = connection.get.bind(connection);
    const transaction = connection.transaction.bind(connection);
    let isMade = false;
    vi.spyOn(connection, 'transaction').mockImplementation((work) => {
      // From here on nobody else can make it.
      isMade = true;
      return transaction(work);
    });
    vi.spyOn(connection, 'get').mockImplementation((sql, ...parameters) => {
      const answer = get(sql, ...parameters);
      if (sql.includes(question) && !isMade) {
        isMade = true;
        migrate(other, steps);
      }
      return answer;
    });
    migrate(connection, steps);
    expect(connection.all('SELECT name FROM peers')).toHaveLength(1);
  },
);

test('a step that fails leaves the file at its old version', () => {
  const connection = open();
  migrate(connection, schema([V1]));
  expect(() => {
    migrate(connection, schema([V1, V2, 'CREATE TABLE peers (again TEXT)']));
  }).toThrow();
  expect(versionOf(connection)).toBe(1);
  expect(connection.all('SELECT * FROM peers')[0]?.text('name')).toBe('seed');
  expect(() => connection.get('SELECT country FROM peers')).toThrow('no such column');
});
