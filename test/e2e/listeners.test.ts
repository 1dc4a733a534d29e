import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { msg, type RunningMsg } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

async function send(number: number): Promise<void> {
  const sent = await sandbox.as('alice', ['send', 'bob', '--json', `{"n":${number}}`]);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
}

function numbersIn(text: string): unknown[] {
  return jsonLines(text).map(({ json }) => (json as { n: number }).n);
}

describe('two listeners of one inbox', () => {
  it('with the same ledger deliver everything once between them', async () => {
    const listeners = [1, 2].map(() => sandbox.start('bob', ['listen', '--json']));
    for (let number = 0; number < 8; number++) await send(number);
    const seen = (): unknown[] => listeners.flatMap(({ stdout }) => numbersIn(stdout));
    await until('all messages are there', () => seen().length >= 8);
    for (const { child } of listeners) child.kill('SIGTERM');
    for (const { ended } of listeners) expect((await ended).code).toBe(0);
    expect(seen().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const rest = await sandbox.as('bob', ['listen', '--json', '--until-empty']);
    expect(rest).toMatchObject({ code: 0, stdout: '' });
  });

  it('share the work: the second takes over when the first is killed', async () => {
    const [first, second] = [1, 2].map(() => sandbox.start('bob', ['listen', '--json'])) as [
      RunningMsg,
      RunningMsg,
    ];
    await send(10);
    await until('one of them has it', () => `${first.stdout}${second.stdout}` !== '');
    const [holder, other] = first.stdout === '' ? [second, first] : [first, second];
    holder.child.kill('SIGKILL');
    await holder.ended;
    await send(11);
    await until('the other one has the next', () => other.stdout.includes('"n":11'), 40_000);
    other.child.kill('SIGTERM');
    expect((await other.ended).code).toBe(0);
    const repeated = jsonLines(other.stdout).slice(0, -1);
    expect(numbersIn(other.stdout).at(-1)).toBe(11);
    // Killed before it could note that 10 was delivered.
    for (const message of repeated) expect(message).toMatchObject({ json: { n: 10 }, attempt: 2 });
  });

  it('end independently: one that finds nothing to do for --until-empty does not wait for ever', async () => {
    const first = sandbox.start('bob', ['listen', '--json']);
    await send(20);
    await until('the first one reads', () => first.stdout.includes('"n":20'));
    const spare = await sandbox.as('bob', ['listen', '--json', '--until-empty']);
    expect(spare).toMatchObject({ code: 0, stdout: '' });
    expect(first.child.exitCode).toBeNull();
    first.child.kill('SIGTERM');
    await first.ended;
  });
});

describe('a listener with another ledger', () => {
  let elsewhere: string;

  beforeAll(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), 'msg-e2e-other-'));
    for (const part of ['config', 'data', 'cache']) {
      await cp(join(sandbox.home, part), join(elsewhere, part), { recursive: true });
    }
    await send(30);
    expect((await sandbox.as('bob', ['listen', '-n', '1'])).code).toBe(0);
    await send(31);
  });
  afterAll(async () => {
    await rm(elsewhere, { recursive: true, force: true });
  });

  const listen = (...args: string[]) =>
    msg(['--profile', 'bob', 'listen', '--json', ...args], { home: elsewhere });

  it('is refused, since two ledgers deliver twice', async () => {
    const { code, stdout, stderr } = await listen('--until-empty');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        code: 'config',
        message: expect.stringContaining('msg.in.bob was read with another ledger') as string,
        hint: expect.stringContaining('--adopt') as string,
      },
    });
  });

  it('goes on where the other one was when it is told to adopt the inbox', async () => {
    const adopted = await listen('--until-empty', '--adopt');
    expect(adopted.code).toBe(0);
    expect(numbersIn(adopted.stdout)).toEqual([31]);
    expect(await listen('--until-empty')).toMatchObject({ code: 0, stdout: '' });
    const former = await sandbox.as('bob', ['listen', '--until-empty']);
    expect(former).toMatchObject({ code: 2, stdout: '' });
  });
});
