import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

async function send(order: string): Promise<string> {
  const sent = await sandbox.as('alice', ['send', 'bob', '--json', `"${order}"`]);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  return sent.stdout.trim();
}

const listen = (...args: string[]) => sandbox.as('bob', ['listen', '--until-empty', ...args]);

describe('a handler that fails on what had been delivered before', () => {
  /** Bob has handled these, and looks back from here on. */
  async function handled(...orders: readonly string[]): Promise<{ ids: string[]; from: string[] }> {
    await listen();
    const begun = `@${new Date().toISOString()}`;
    const ids: string[] = [];
    for (const order of orders) ids.push(await send(order));
    expect((await listen()).code).toBe(0);
    return { ids, from: ['--from', begun] };
  }
  const refuses = (order: string, code: number): string[] => {
    return ['--exec', `[ "$(cat)" != '"${order}"' ] || exit ${code}`];
  };
  const states = async (ids: readonly string[]): Promise<unknown[]> => {
    const shown = ids.map((id) => sandbox.as('bob', ['message', 'show', id, '--json']));
    return (await Promise.all(shown)).flatMap(({ stdout }) =>
      jsonLines(stdout).map(({ state }) => state),
    );
  };

  it('is told of what it refuses, and gets the others; the message stays what it was', async () => {
    const { ids, from } = await handled('a', 'b', 'c');
    const [a = '', b = '', c = ''] = ids;
    const ended = await listen(...from, ...refuses('b', 1));
    expect(ended.code).toBe(6);
    expect(ended.stdout).toContain(`${a} (replay)`);
    expect(ended.stdout).toContain(`${c} (replay)`);
    expect(ended.stdout).not.toContain(b);
    expect(ended.stderr).toContain(`${b} from alice was not delivered again: `);
    expect(ended.stderr).toContain('1 message was not delivered again');
    expect(ended.stderr).toContain('msg message replay ID');
    expect((await sandbox.as('bob', ['quarantine', 'list', '--json'])).stdout).toBe('');
    expect(await states(ids)).toEqual(['done', 'done', 'done']);
  });

  it('holds back what follows where it would be asked again, when nobody waits for that', async () => {
    const { ids, from } = await handled('d', 'e', 'f');
    const [d = '', e = '', f = ''] = ids;
    const ended = await listen(...from, ...refuses('e', 75));
    expect(ended.code).toBe(75);
    expect(ended.stdout).toContain(`${d} (replay)`);
    expect(ended.stdout).not.toContain(f);
    expect(ended.stderr).toContain(`${e} from alice was not delivered again: `);
    expect(ended.stderr).toContain(
      `${f} from alice was not delivered again: an earlier one of alice was not`,
    );
    expect(await states(ids)).toEqual(['done', 'done', 'done']);
  });

  it('is asked again by a listener that stays, until it has had enough attempts', async () => {
    const { ids, from } = await handled('g', 'h');
    const [g = '', h = ''] = ids;
    const log = join(sandbox.files, 'attempts');
    const command = `echo "$MSG_ATTEMPT" >> '${log}'; [ "$(cat)" != '"g"' ] || exit 75`;
    const stays = ['listen', ...from, '--max-attempts', '3', '--exec', command, '-n', '1'];
    const ended = await sandbox.as('bob', stays);
    expect(ended.code).toBe(6);
    expect(ended.stderr).toContain('messages from alice wait: ');
    expect(ended.stderr).toContain(`${g} from alice was not delivered again: `);
    expect(ended.stdout).toContain(`${h} (replay)`);
    expect((await readFile(log, 'utf8')).trim().split('\n')).toEqual(['2', '3', '4', '2']);
  });

  it('ends when it is told to, also while what fails waits for its next attempt', async () => {
    const { from } = await handled('i');
    const listener = sandbox.start('bob', ['listen', ...from, '--exec', 'exit 127']);
    await until('it waits', () => listener.stderr.includes('messages from alice wait'), 60_000);
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toMatchObject({ code: 0 });
  });
});
