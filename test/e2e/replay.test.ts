import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

let sandbox: Sandbox;
const ids: string[] = [];

beforeAll(async () => {
  sandbox = await raiseSandbox();
  for (let order = 1; order <= 3; order++) {
    const document = ['--json', `{"order": ${order}}`, '--type', 'order'];
    const sent = await sandbox.as('alice', ['send', 'bob', ...document]);
    ids.push(sent.stdout.trim());
  }
  await sandbox.as('bob', ['listen', '--until-empty']);
});
afterAll(async () => {
  await sandbox.remove();
});

function replay(...args: string[]) {
  return sandbox.as('bob', ['message', 'replay', ...args]);
}

async function ledger(): Promise<unknown> {
  const { stdout } = await sandbox.as('bob', ['message', 'list', '--json']);
  const lag = await sandbox.as('bob', ['inbox', 'lag', '--json']);
  return [stdout, lag.stdout];
}

describe('msg message replay', () => {
  it('prints what was asked for again, marked, and leaves ledger and position as they were', async () => {
    const before = await ledger();
    const { code, stdout, stderr } = await replay(ids[1] ?? '', '--json');
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([
      { id: ids[1], from: 'alice', json: { order: 2 }, replay: true, redelivered: true },
    ]);
    expect(stderr).toContain('1 delivered again');
    expect(await ledger()).toEqual(before);
    const listened = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(listened).toMatchObject({ code: 0, stdout: '' });
  });

  it('tells a handler', async () => {
    const handler = 'echo "$MSG_ID $MSG_REPLAY $MSG_TYPE"';
    const { code, stderr } = await replay('--from', 'alice', '--exec', handler);
    expect(code).toBe(0);
    for (const id of ids) expect(stderr).toContain(`handler of ${id}: ${id} 1 order`);
  });

  it('with a name makes each file once, though it is killed in the middle', async () => {
    const out = join(sandbox.files, 'again');
    const seen = join(sandbox.files, 'seen');
    const kill = `cat >> ${seen}; [ "$MSG_ID" != ${ids[1]} ] || kill -9 $PPID`;
    const killed = await replay('--all', '--exec', kill, '--run', 'killed');
    expect(killed.signal).toBe('SIGKILL');
    expect(await readFile(seen, 'utf8')).toBe('{"order": 1}{"order": 2}');
    const rest = await replay('--all', '--out', out, '--run', 'killed');
    expect(rest).toMatchObject({ code: 0 });
    expect((await readdir(out)).sort()).toEqual([`${ids[1]}.json`, `${ids[2]}.json`]);
    const over = await replay('--all', '--out', out, '--run', 'killed');
    expect(over).toMatchObject({ code: 0, stdout: '' });
    expect(over.stderr).toContain('3 delivered by an earlier run');
    expect(await readdir(out)).toHaveLength(2);
  });

  it('names what fails, as JSON on stdout, and ends with 6', async () => {
    const handler = `[ "$MSG_ID" != ${ids[0]} ]`;
    const { code, stdout } = await replay('--all', '--exec', handler, '--json');
    expect(code).toBe(6);
    expect(jsonLines(stdout)).toMatchObject([
      { id: ids[0], state: 'failed', error: { code: 'message-refused' } },
      { id: ids[1], outcome: 'exit 0' },
      { id: ids[2], outcome: 'exit 0' },
    ]);
  });

  it.each([
    [[], 'nothing says which messages'],
    [['--all', '--from', 'alice'], '--all excludes'],
    [['--since', 'yesterday'], 'not a time'],
    [['--all', '--run', '../x'], 'not a name for a replay'],
    [['--all', '--count', '0'], 'not a number of messages'],
    [['01890a5d-ac96-774b-bcce-b302099a8057'], 'the ledger has no message'],
  ])('refuses %j with exit code 2', async (args, sentence) => {
    const { code, stdout, stderr } = await replay(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('msg: hint: ');
  });

  it('shows what it would deliver, and delivers nothing', async () => {
    const { stdout } = await replay('--type', 'order', '--dry-run', '--json');
    expect(jsonLines(stdout).map(({ state }) => state)).toEqual(Array(3).fill('would-replay'));
  });
});
