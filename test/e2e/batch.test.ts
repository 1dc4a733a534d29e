import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = ['--transport', 'kafka://127.0.0.1:1'];

let sandbox: Sandbox;
let spool: string;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});
beforeEach(() => {
  spool = join(temporaryDirectory(), 'spool');
  mkdirSync(spool);
});

function put(name: string, content: string): void {
  writeFileSync(join(spool, name), content);
}

function batch(...args: string[]) {
  return sandbox.as('alice', ['batch', spool, '--to', 'bob', ...args]);
}

/** What bob gets now, by name. */
async function received(): Promise<string[]> {
  const out = join(temporaryDirectory(), 'in');
  mkdirSync(out);
  await sandbox.as('bob', ['listen', '--out', out, '--until-empty']);
  return readdirSync(out)
    .sort()
    .map((name) => `${name}: ${readFileSync(join(out, name), 'utf8')}`);
}

/** The path and the state of each line. */
function states(stdout: string): unknown[] {
  return jsonLines(stdout).map((line) => {
    const { path, state } = line as { path: string; state: string };
    return `${path} ${state}`;
  });
}

describe('a batch of a directory', () => {
  it('sends each file once, however often it runs, and one again that has changed', async () => {
    put('a.txt', 'one');
    put('b.txt', 'two');
    expect(states((await batch('--json')).stdout)).toEqual(['a.txt sent', 'b.txt sent']);
    const again = await batch('--json');
    expect(again.code).toBe(0);
    expect(states(again.stdout)).toEqual(['a.txt unchanged', 'b.txt unchanged']);
    expect(await received()).toEqual(['a.txt: one', 'b.txt: two']);
    put('b.txt', 'three');
    expect(states((await batch('--json')).stdout)).toEqual(['a.txt unchanged', 'b.txt sent']);
    expect(await received()).toEqual(['b.txt: three']);
  });

  it('knows a content again whose file was touched or copied anew', async () => {
    put('a.txt', 'same');
    await batch();
    rmSync(join(spool, 'a.txt'));
    put('a.txt', 'same');
    utimesSync(join(spool, 'a.txt'), 1_000_000, 1_000_000);
    expect(states((await batch('--json')).stdout)).toEqual(['a.txt unchanged']);
    expect(await received()).toEqual(['a.txt: same']);
  });

  it('leaves alone what is not finished: fresh files, hidden ones, temporary names', async () => {
    for (const name of ['fresh.txt', '.hidden', 'x.part', 'y.tmp', 'z~']) put(name, 'x');
    const settling = await batch('--settle', '1h', '--json');
    expect(settling.code).toBe(0);
    expect(states(settling.stdout)).toEqual(['fresh.txt settling']);
    expect(states((await batch('--json')).stdout)).toEqual(['fresh.txt sent']);
    await received();
  });

  it('moves what it has sent, and overwrites nothing there', async () => {
    const sent = join(spool, '..', 'sent');
    put('a.txt', 'one');
    await batch('--move-to', sent);
    put('a.txt', 'two');
    await batch('--move-to', sent);
    expect(readdirSync(spool)).toEqual([]);
    expect(readdirSync(sent).map((name) => readFileSync(join(sent, name), 'utf8'))).toEqual([
      'two',
      'one',
    ]);
    expect(readdirSync(sent)).toEqual(['a-2.txt', 'a.txt']);
    await received();
  });

  it('sends nothing where what it sends cannot be moved to', async () => {
    put('a.txt', 'one');
    put('b.txt', 'two');
    const { code, stderr } = await batch('--move-to', join(spool, 'b.txt', 'sent'));
    expect([code, stderr]).toEqual([2, expect.stringContaining('cannot create the directory')]);
    expect(await received()).toEqual([]);
  });

  it('takes the files whose names are wanted, also from below', async () => {
    mkdirSync(join(spool, 'sub'));
    for (const name of ['a.pdf', 'b.txt', 'sub/c.pdf']) put(name, name);
    const planned = await batch('--include', '*.pdf', '--recursive', '--dry-run', '--json');
    expect(states(planned.stdout)).toEqual(['a.pdf would-send', 'sub/c.pdf would-send']);
    expect(await received()).toEqual([]);
  });

  it('needs recipients', async () => {
    const refused = await sandbox.as('alice', ['batch', spool]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--to PEER');
  });
});

describe('a batch that fails', () => {
  it('ends with 6, each failure a line of JSON, and sends the rest', async () => {
    put('a.txt', 'one');
    writeFileSync(
      join(spool, 'list.csv'),
      'path,peers\na.txt,nobody\na.txt,bob\nmissing.txt,bob\n',
    );
    const run = await sandbox.as('alice', ['batch', join(spool, 'list.csv')]);
    expect(run.code).toBe(6);
    const failures = run.stdout.split('\n').filter((line) => line.startsWith('{'));
    const described = failures.map((line) => JSON.parse(line) as { path: string });
    // Who has other recipients is sent side by side: which of them fails first is open.
    expect(described.sort((a, b) => a.path.localeCompare(b.path))).toMatchObject([
      { path: 'a.txt', peers: ['nobody'], state: 'failed', error: { code: 'peer-unknown' } },
      { path: 'missing.txt', state: 'failed', error: { code: 'file-not-found' } },
    ]);
    expect(await received()).toEqual(['a.txt: one']);
  });

  it('ends with 75 when nothing could be sent, and sends everything once later', async () => {
    put('a.txt', 'one');
    put('b.txt', 'two');
    const away = await batch(...NOWHERE);
    expect(away.code).toBe(75);
    expect(states(away.stdout)).toEqual(['a.txt failed', 'b.txt failed']);
    expect(states((await batch('--json')).stdout)).toEqual(['a.txt sent', 'b.txt sent']);
    expect(await received()).toEqual(['a.txt: one', 'b.txt: two']);
  });

  it('sends nothing of a manifest that is wrong somewhere', async () => {
    put('a.txt', 'one');
    writeFileSync(join(spool, 'list.json'), '[{"path":"a.txt","peers":"bob"},{"path":"b"}]');
    const run = await sandbox.as('alice', ['batch', join(spool, 'list.json')]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain("the manifest's item 2 has no peers");
    expect(await received()).toEqual([]);
  });
});
