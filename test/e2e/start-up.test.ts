import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadedBy } from '../support/loaded.js';
import { msg } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

describe('a fresh process loads no more than it needs', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  it('to print its version: the launcher', async () => {
    const { files } = await loadedBy(['--version'], sandbox.home);
    expect(files).toEqual(['bin/msg.js']);
  });

  it('to send to a cached peer: the launcher and one bundle, with the SQLite binary', async () => {
    const send = ['-p', 'alice', 'send', 'bob', '--json', '1', '--book-max-age', '1h'];
    await msg(send, { home: sandbox.home });
    const { files, builtIns } = await loadedBy(send, sandbox.home);
    expect(files).toEqual(['bin/compile-cache.js', 'bin/msg.js', 'dist/main.cjs']);
    const heavy = [
      ...['http', 'https', 'tls', 'readline', 'worker_threads', 'child_process'],
      ...['fs/promises', 'timers/promises', 'zlib', 'module'],
    ];
    expect(heavy.filter((name) => builtIns.includes(`node:${name}`))).toEqual([]);
  });
});
