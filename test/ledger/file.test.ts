import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MsgError } from '../../src/errors.js';
import { openLedger } from '../../src/ledger/open.js';
import { Connection } from '../../src/sqlite/connection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { ledgerBench } from './bench.js';
import { message, outgoing, source, verified } from './records.js';

function failureOf(path: string): unknown {
  try {
    openLedger({ path, clock: Date.now, random: randomBytes });
  } catch (error) {
    return error;
  }
  return undefined;
}

function raw(path: string, busyTimeout = 1000): Connection {
  return new Connection({ path, what: 'the file', busy: 'ledger-busy', busyTimeout });
}

test('the file and its companions can be read by their owner only', async () => {
  const bench = ledgerBench();
  await bench.open().outbox.enqueue(outgoing());
  for (const suffix of ['', '-wal', '-shm']) {
    expect(statSync(bench.path + suffix).mode & 0o777).toBe(0o600);
  }
});

test('a directory that is missing is made, for its owner only', () => {
  const path = join(temporaryDirectory(), 'state', 'msg', 'ledger.db');
  const ledger = openLedger({ path, clock: Date.now, random: randomBytes });
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  return ledger.close();
});

test('the ledger keeps its id for life', () => {
  const bench = ledgerBench();
  const [first, second] = [bench.open(), bench.open()];
  expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(second.id).toBe(first.id);
  expect(ledgerBench().open().id).not.toBe(first.id);
});

test('a file of a newer version is refused and stays as it is', () => {
  const bench = ledgerBench();
  bench.open();
  const file = raw(bench.path);
  file.exec('PRAGMA user_version = 99');
  const failure = failureOf(bench.path);
  expect(failure).toBeInstanceOf(MsgError);
  expect(failure).toMatchObject({
    code: 'config',
    message: `${bench.path} is a ledger of version 99; this msg knows up to 1`,
  });
  file.close();
});

test('another program’s database is refused and stays as it is', () => {
  const path = join(temporaryDirectory(), 'other.db');
  const other = raw(path);
  other.exec('CREATE TABLE accounts (balance INTEGER)');
  expect(failureOf(path)).toMatchObject({ code: 'config' });
  expect(other.all('SELECT name FROM sqlite_schema').map((row) => row.text('name'))).toEqual([
    'accounts',
  ]);
  other.close();
});

test('what is no database is refused', () => {
  const directory = temporaryDirectory();
  const text = join(directory, 'notes.txt');
  writeFileSync(text, 'Dear diary, '.repeat(500));
  mkdirSync(join(directory, 'folder.db'));
  expect(failureOf(text)).toMatchObject({ code: 'config' });
  expect(failureOf(join(directory, 'folder.db'))).toMatchObject({ code: 'config' });
});

test('a lock held for too long is ledger-busy, and nothing was kept', async () => {
  const bench = ledgerBench();
  const ledger = openLedger({
    path: bench.path,
    clock: Date.now,
    random: randomBytes,
    busyTimeout: 50,
  });
  const other = raw(bench.path);
  other.exec('BEGIN IMMEDIATE');
  const one = message();
  await expect(ledger.inbox.receive([verified(one)], source(1))).rejects.toMatchObject({
    code: 'ledger-busy',
  });
  other.exec('ROLLBACK');
  expect(await ledger.inbox.receive([verified(one)], source(1))).toEqual(['new']);
  other.close();
  await ledger.close();
});

test('an operator can read the history with the SQLite shell', async ({ skip }) => {
  const bench = ledgerBench();
  const ledger = bench.open();
  await ledger.inbox.receive([verified(message({ offset: 4 }))], source(5));
  await ledger.outbox.enqueue(outgoing());
  const shell = (sql: string): string =>
    execFileSync('sqlite3', ['-readonly', bench.path, sql], { encoding: 'utf8' }).trim();
  try {
    execFileSync('sqlite3', ['--version']);
  } catch {
    if (process.env['CI'] === 'true') throw new Error('the suite needs sqlite3');
    return skip('skipped: no sqlite3 on this machine');
  }
  expect(shell('SELECT direction, at, peer, state, topic, offset FROM history')).toBe(
    'in|2023-11-14T22:13:20Z|acme|received|msg.in.self|4\n' +
      'out|2023-11-14T22:13:20Z|globex|queued|msg.in.globex|',
  );
  expect(shell('SELECT count(*) FROM pending')).toBe('2');
});
