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

/** Alice sends bob a document; gives its id. */
async function send(document: string, ...options: string[]): Promise<string> {
  const sent = await sandbox.as('alice', ['send', 'bob', '--json', document, ...options]);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  return sent.stdout.trim();
}

/** A peer takes in and delivers what is there. */
async function listen(profile: string): Promise<void> {
  const { code, stderr } = await sandbox.as(profile, ['listen', '--until-empty']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

/** The receipts that a peer knows, as JSON. */
async function receipts(profile: string, ...options: string[]): Promise<Record<string, unknown>[]> {
  const listed = await sandbox.as(profile, ['receipt', 'list', '--json', ...options]);
  expect(listed.code).toBe(0);
  return jsonLines(listed.stdout);
}

const BOTH = ['--receipt', 'received', '--receipt=processed'];

describe('receipts between two operators', () => {
  it('come by themselves once the recipient listens', async () => {
    const id = await send('1', ...BOTH);
    await listen('bob');
    expect(await receipts('bob')).toMatchObject([
      { direction: 'out', id, peer: 'alice', says: 'received', state: 'sent' },
      { direction: 'out', id, peer: 'alice', says: 'processed', state: 'sent' },
    ]);
    await listen('alice');
    expect(await receipts('alice', '--in')).toMatchObject([
      { direction: 'in', id, peer: 'bob', says: 'received' },
      { direction: 'in', id, peer: 'bob', says: 'processed' },
    ]);
  });

  it('are shown beside their message, at either end', async () => {
    const id = await send('2', '--receipt');
    const before = await sandbox.as('alice', ['message', 'list', '--limit', '1']);
    expect(before.stdout.trimEnd().split('\t').at(-1)).toBe('-');
    await listen('bob');
    await listen('alice');
    const after = await sandbox.as('alice', ['message', 'list', '--limit', '1']);
    expect(after.stdout.trimEnd().split('\t').at(-1)).toBe('received');
    const sent = await sandbox.as('alice', ['message', 'show', id, '--json']);
    expect(jsonLines(sent.stdout)).toMatchObject([
      { receipts: [{ peer: 'bob', says: 'received' }] },
    ]);
    const got = await sandbox.as('bob', ['message', 'show', id, '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([
      { receipts: [{ says: 'received', state: 'sent' }] },
    ]);
    const shown = await sandbox.as('alice', ['receipt', 'show', id]);
    expect(shown.stdout).toContain(`id: ${id}\n`);
    expect(shown.stdout).toContain('its URI is "msg://bob"');
  });

  it('are there once each, however often the recipient is killed', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push(await send(String(n), ...BOTH));
    for (let round = 1; round <= 3; round++) {
      const listener = sandbox.start('bob', ['listen', '--json']);
      await until('something is delivered', () => listener.stdout.includes('\n'), 30_000);
      listener.child.kill('SIGKILL');
      await listener.ended;
    }
    await listen('bob');
    await listen('alice');
    const known = await receipts('alice', '--in');
    for (const id of ids) {
      const said = known.filter((one) => one['id'] === id).map(({ says }) => says);
      expect(said.sort()).toEqual(['processed', 'received']);
    }
    const quarantined = await sandbox.as('alice', ['quarantine', 'list']);
    expect(quarantined.stdout).toBe('');
  });

  it('of another kind than there is are a usage error, before anything is read', async () => {
    const sent = await sandbox.as('alice', ['send', '--receipt', 'bob', 'no-such-file']);
    expect(sent).toMatchObject({ code: 2, stdout: '' });
    expect(sent.stderr).toContain('no kind of receipt: "bob"');
    expect(sent.stderr).toContain('write the option after the peers');
  });

  it('that nobody asked for do not exist, and that is said', async () => {
    const id = await send('3');
    const shown = await sandbox.as('alice', ['receipt', 'show', id]);
    expect(shown).toMatchObject({ code: 2, stdout: '' });
    expect(shown.stderr).toContain('msg send --receipt');
  });
});
