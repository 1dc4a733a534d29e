import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../src/sqlite/connection.js';
import { startChild, type Child } from '../support/child.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

/** Another process that writes to a file which nobody has turned to a write-ahead log yet, for so long. */
async function writerOf(path: string, milliseconds: number): Promise<Child> {
  const program = `
    const { default: Database } = await import('libsql');
    const database = new Database(process.argv[1]);
    database.exec('CREATE TABLE t (n INTEGER); BEGIN IMMEDIATE');
    console.log("writes");
    setTimeout(() => database.close(), Number(process.argv[2]));
  `;
  const child = startChild('--input-type=module', ['-e', program, path, String(milliseconds)]);
  await until('the other one writes', () => child.lines.length > 0);
  return child;
}

function open(path: string, busyTimeout: number): Connection {
  const connection = new Connection({ path, busyTimeout, what: 'the file', busy: 'ledger-busy' });
  onTestFinished(() => {
    connection.close();
  });
  return connection;
}

test('whoever opens a new file waits for those who write to it, though SQLite does not', async () => {
  const path = join(temporaryDirectory(), 'file.db');
  await writerOf(path, 300);
  const connection = open(path, 10_000);
  expect(connection.get('PRAGMA journal_mode')?.text('journal_mode')).toBe('wal');
  expect(connection.run('INSERT INTO t VALUES (1)')).toBe(1);
});

test('it waits no longer than it was told', async () => {
  const path = join(temporaryDirectory(), 'file.db');
  await writerOf(path, 60_000);
  expect(() => open(path, 50)).toThrow(expect.objectContaining({ code: 'ledger-busy' }));
});
