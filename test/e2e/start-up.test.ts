import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const { files } = await loadedBy(['--version']);
    expect(files).toEqual(['bin/msg.js']);
  });

  it('to send to a cached peer: the launcher, one bundle and the SQLite binding', async () => {
    const send = ['-p', 'alice', 'send', 'bob', '--json', '1', '--book-max-age', '1h'];
    await msg(send, { home: sandbox.home });
    const { files, builtIns } = await loadedBy(send);
    const packages = files
      .filter((file) => file.startsWith('node_modules/'))
      .map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
    expect(files.filter((file) => !file.startsWith('node_modules/'))).toEqual([
      'bin/compile-cache.js',
      'bin/msg.js',
      'dist/main.cjs',
    ]);
    expect(new Set(packages)).toEqual(new Set(['@neon-rs/load', 'detect-libc', 'libsql']));
    const heavy = ['http', 'https', 'tls', 'readline', 'worker_threads'];
    expect(heavy.filter((name) => builtIns.includes(`node:${name}`))).toEqual([]);
  });

  /** What V8 compiled for a run of the program: files, from the repository's root, and built-ins. */
  async function loadedBy(
    args: readonly string[],
  ): Promise<{ readonly files: readonly string[]; readonly builtIns: readonly string[] }> {
    const directory = mkdtempSync(join(tmpdir(), 'msg-coverage-'));
    try {
      const env = { NODE_V8_COVERAGE: directory };
      expect((await msg(args, { home: sandbox.home, env })).code).toBe(0);
      const urls = readdirSync(directory).flatMap((name) => urlsIn(join(directory, name)));
      const paths = urls
        .filter((url) => !url.startsWith('node:'))
        .map((url) => (url.startsWith('file:') ? fileURLToPath(url) : url))
        .map((path) => relative(process.cwd(), path));
      const builtIns = urls.filter((url) => url.startsWith('node:'));
      return { files: [...new Set(paths)].sort(), builtIns };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
});

function urlsIn(report: string): readonly string[] {
  const { result } = JSON.parse(readFileSync(report, 'utf8')) as { result: { url: string }[] };
  return result.map(({ url }) => url);
}
