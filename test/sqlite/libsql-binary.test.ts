import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libsqlBinary } from '../../src/sqlite/libsql-binary.js';

const TARGET = 'linux-x64-gnu';
const BINARY = join('@libsql', TARGET, 'index.node');

describe("libsql's binary", () => {
  let root: string;
  let program: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'msg-libsql-'));
    program = join(root, 'node_modules', 'peermsg', 'dist');
    mkdirSync(program, { recursive: true });
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function place(...path: string[]): string {
    const file = join(root, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    return file;
  }

  it('is found beside the libsql of the project that msg is installed in', () => {
    place('node_modules', 'libsql', 'index.js');
    const binary = place('node_modules', BINARY);
    expect(libsqlBinary(TARGET, program)).toBe(binary);
  });

  it('is that of the nearest libsql, whatever version lies further up', () => {
    place('node_modules', 'libsql', 'index.js');
    place('node_modules', BINARY);
    place('node_modules', 'peermsg', 'node_modules', 'libsql', 'index.js');
    expect(libsqlBinary(TARGET, program)).toBeUndefined();
    const own = place('node_modules', 'peermsg', 'node_modules', 'libsql', 'node_modules', BINARY);
    expect(libsqlBinary(TARGET, program)).toBe(own);
  });

  it('is left to Node where libsql is a link, or nowhere', () => {
    expect(libsqlBinary(TARGET, program)).toBeUndefined();
    place('store', 'libsql', 'index.js');
    place('node_modules', BINARY);
    symlinkSync(join(root, 'store', 'libsql'), join(root, 'node_modules', 'libsql'));
    expect(libsqlBinary(TARGET, program)).toBeUndefined();
  });
});
