import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Connection } from '../../src/sqlite/connection.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

function open(path: string, readOnly: boolean): Connection {
  const connection = new Connection({ path, what: 'the test file', busy: 'ledger-busy', readOnly });
  onTestFinished(() => {
    connection.close();
  });
  return connection;
}

describe('a connection that only reads', () => {
  it('sees what others have committed, and cannot change it', () => {
    const path = join(temporaryDirectory(), 'test.db');
    open(path, false).exec('CREATE TABLE t (a TEXT) STRICT; INSERT INTO t VALUES (1)');
    const reader = open(path, true);
    expect(reader.all('SELECT a FROM t').map((row) => row.text('a'))).toEqual(['1']);
    expect(() => {
      reader.exec("INSERT INTO t VALUES ('2')");
    }).toThrow();
    expect(reader.all('SELECT a FROM t')).toHaveLength(1);
  });

  it('does not make a file that is not there', () => {
    const path = join(temporaryDirectory(), 'missing.db');
    expect(() => open(path, true)).toThrow(expect.objectContaining({ name: 'MsgError' }));
    expect(existsSync(path)).toBe(false);
  });
});
