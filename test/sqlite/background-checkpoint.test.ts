import { hash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BackgroundCheckpoint } from '../../src/sqlite/background-checkpoint.js';
import { Connection } from '../../src/sqlite/connection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const KIB = 1024;
/** Large enough for a checkpoint in the background, and too small for one of SQLite's own. */
const MUCH = 3500 * KIB;

function open(path = join(temporaryDirectory(), 'much.db')) {
  const connection = new Connection({ path, what: 'the test', busy: 'ledger-busy' });
  const checkpoint = new BackgroundCheckpoint(connection);
  onTestFinished(async () => {
    await checkpoint.close();
    connection.close();
  });
  connection.exec('CREATE TABLE IF NOT EXISTS much (number INTEGER PRIMARY KEY, bytes BLOB)');
  const write = (bytes: Uint8Array): void => {
    connection.run('INSERT INTO much (bytes) VALUES (?)', bytes);
    checkpoint.wrote(bytes.length);
  };
  return { path, connection, checkpoint, write };
}

describe('a checkpoint in the background', () => {
  it('brings into the database what was committed, without another commit', async () => {
    const { path, write } = open();
    write(randomBytes(MUCH));
    expect(statSync(path).size).toBeLessThan(100 * KIB);
    await vi.waitUntil(() => statSync(path).size > MUCH, { timeout: 30_000 });
  });

  it('leaves commits to go on meanwhile, and loses nothing', async () => {
    const { path, connection, checkpoint, write } = open();
    const pieces = Array.from({ length: 20 }, () => randomBytes(500 * KIB));
    for (const piece of pieces) {
      write(piece);
      await new Promise(setImmediate);
    }
    await checkpoint.close();
    connection.close();
    const kept = open(path).connection.all('SELECT bytes FROM much ORDER BY number');
    const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
    expect(kept.map((row) => sha256(row.bytes('bytes')))).toEqual(pieces.map(sha256));
  });

  it('has ended when it has been closed', async () => {
    const { path, checkpoint, write } = open();
    write(randomBytes(MUCH));
    await checkpoint.close();
    expect(statSync(path).size).toBeGreaterThan(MUCH);
  });

  it('does not begin for a little', async () => {
    const { path, checkpoint, write } = open();
    const before = statSync(path).size;
    write(randomBytes(KIB));
    await checkpoint.close();
    expect(statSync(path).size).toBe(before);
  });
});
