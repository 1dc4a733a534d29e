import { rm } from 'node:fs/promises';
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

async function send(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.as('alice', ['send', 'bob', ...args]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

function listen(...args: string[]) {
  return sandbox.as('bob', ['listen', '--until-empty', ...args]);
}

async function missing(...args: string[]): Promise<readonly unknown[]> {
  const { code, stdout } = await sandbox.as('bob', ['message', 'missing', '--json', ...args]);
  expect(code).toBe(0);
  return jsonLines(stdout);
}

/** Bob's listener never gets to see what is in his inbox by now. */
async function passOver(): Promise<void> {
  expect(await sandbox.as('bob', ['inbox', 'seek', 'latest', '--yes'])).toMatchObject({ code: 0 });
}

describe('a message that does not come', () => {
  it('is none in the normal course: alone, in batches, in chunks, to several, refused by a handler', async () => {
    await send('--json', '{"order": 1}');
    await listen();
    const lines = ['1', '2', '3'].map((order) => JSON.stringify({ json: { order } })).join('\n');
    const batch = await sandbox.as('alice', ['send', 'bob', '--ndjson', '-'], `${lines}\n`);
    expect(batch.code).toBe(0);
    const large = await sandbox.as('alice', ['send', 'bob'], Buffer.alloc(2_000_000, 7));
    expect(large.code).toBe(0);
    await send('alice', '--json', '{"order": 4}');
    await send('--json', '{"order": 5}', '--queue');
    expect((await listen('--exec', 'exit 1')).stderr).toContain('to quarantine');
    await send('--json', '{"order": 6}');
    const ended = await listen();
    expect(ended.stderr).not.toContain('missing');
    expect(await missing()).toEqual([]);
    const { stderr } = await sandbox.as('bob', ['message', 'missing']);
    expect(stderr).toContain('nothing is missing');
  });

  it('is told once by the listener, shown with its sender, and no longer missing when it comes', async () => {
    const lost = await send('--json', '{"order": 7}');
    await passOver();
    const next = await send('--json', '{"order": 8}');
    const first = await listen('--json');
    expect(jsonLines(first.stdout)).toMatchObject([{ id: next }]);
    expect(first.stderr).toContain(`alice names ${lost} as sent before ${next}`);
    expect(first.stderr).toContain('see what to do with');
    expect((await listen()).stderr).not.toContain('missing');
    expect(await missing()).toMatchObject([{ id: lost, from: 'alice', namedBy: next }]);
    expect(await missing('--from', 'bob')).toEqual([]);
    const listed = await sandbox.as('bob', ['message', 'missing']);
    expect(listed.stdout).toContain(lost);
    expect(listed.stderr).toContain('have the sender look');
    const status = await sandbox.as('bob', ['inbox', 'status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ missing: [{ from: 'alice', messages: 1 }] });
    const listener = sandbox.start('bob', ['listen', '--status-interval', '1s']);
    await until('it says so', () => listener.stderr.includes('1 missing, the first for'), 60_000);
    listener.child.kill('SIGTERM');
    await listener.ended;
    await sandbox.as('bob', ['inbox', 'seek', 'earliest', '--yes']);
    expect(jsonLines((await listen('--json')).stdout)).toMatchObject([{ id: lost }]);
    expect(await missing()).toEqual([]);
  });

  it('is missed no longer when it is forgotten', async () => {
    const lost = await send('--json', '{"order": 9}');
    await passOver();
    await send('--json', '{"order": 10}');
    await listen();
    const forget = (...args: string[]) =>
      sandbox.as('bob', ['message', 'missing', '--forget', ...args]);
    expect(await forget()).toMatchObject({ code: 2, stdout: '' });
    expect(await forget(lost, '--all')).toMatchObject({ code: 2, stdout: '' });
    expect((await forget('--all')).stderr).toContain('answer with --yes');
    expect(await forget(lost)).toMatchObject({ code: 0, stdout: `${lost}\n` });
    expect(await forget(lost)).toMatchObject({ code: 2, stdout: '' });
    expect(await missing()).toEqual([]);
    expect(await sandbox.as('bob', ['message', 'missing', lost])).toMatchObject({ code: 2 });
  });

  it('is missed no longer once its sender, who took it back, has sent another one', async () => {
    const queued = ['--queue', '--transport', 'kafka://127.0.0.1:1'];
    const never = await send('--json', '{"order": 10.1}', ...queued);
    const named = await send('--json', '{"order": 10.2}', ...queued);
    expect(await sandbox.as('alice', ['outbox', 'cancel', never])).toMatchObject({
      code: 0,
    });
    expect((await sandbox.as('alice', ['outbox', 'flush'])).code).toBe(0);
    expect((await listen()).stderr).toContain(`alice names ${never} as sent before ${named}`);
    expect(await missing()).toMatchObject([{ id: never, namedBy: named }]);
    await send('--json', '{"order": 10.3}');
    await listen();
    expect(await missing()).toEqual([]);
  });

  it('is none where a ledger was lost, on either side: what came before was not for it', async () => {
    await send('--json', '{"order": 11}');
    await passOver();
    await forgetLedger('bob');
    const next = await send('--json', '{"order": 12}');
    const adopted = await listen('--json', '--adopt');
    expect(jsonLines(adopted.stdout)).toMatchObject([{ id: next }]);
    await forgetLedger('alice');
    await send('--json', '{"order": 13}');
    await send('--json', '{"order": 14}');
    expect((await listen()).stderr).not.toContain('missing');
    expect(await missing()).toEqual([]);
  });
});

describe('a peer that there is none of', () => {
  const filters: readonly (readonly string[])[] = [
    ['message', 'missing', '--from'],
    ['message', 'missing', '--forget', '--yes', '--from'],
    ['message', 'list', '--with'],
    ['message', 'replay', '--dry-run', '--from'],
    ['receipt', 'list', '--with'],
  ];

  it.each(filters)('is refused by msg %s %s %s', async (...filter) => {
    const refused = await sandbox.as('bob', [...filter, 'nobody']);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('unknown peer: nobody');
    expect(refused.stderr).toContain('msg peer list');
  });

  it.each(filters)(
    'may be one to msg %s %s %s while the directory cannot say',
    async (...filter) => {
      const away = ['--chain-url', 'http://127.0.0.1:1'];
      expect(await sandbox.as('bob', [...filter, 'nobody', ...away])).toMatchObject({ code: 0 });
    },
  );
});

/** What a peer remembered is gone; keys and directory are not. */
async function forgetLedger(peer: string): Promise<void> {
  for (const end of ['', '-wal', '-shm']) {
    await rm(join(sandbox.home, 'state', peer, `ledger.db${end}`), { force: true });
  }
}
