import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = ['--queue', '--transport', 'kafka://127.0.0.1:1'];

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

async function queue(...args: string[]): Promise<string> {
  const queued = await sandbox.as('alice', ['send', ...args, ...NOWHERE]);
  expect(queued.code).toBe(0);
  return queued.stdout.trim();
}

describe('the outbox', () => {
  it('sends to one inbox what another one refuses', async () => {
    const path = join(sandbox.home, 'other-log.db');
    const log = openEmbeddedLog({ path, clock: Date.now, random: randomBytes });
    await log.ensureTopic({ topic: 'msg.in.alice', partitions: 1, retention: 86_400_000 });
    await log.close();
    const stuck = await queue('bob', '--json', '1');
    const free = await queue('alice', '--json', '2');
    const flush = ['outbox', 'flush', '--transport', `file:${path}`];
    const flushed = await sandbox.as('alice', flush);
    expect(flushed).toMatchObject({ code: 2, stdout: `${free}\n` });
    expect(flushed.stderr).toContain(`warning: ${stuck} waits: no topic msg.in.bob in the log`);
    const { stdout } = await sandbox.as('alice', ['outbox', 'list', '--json']);
    expect(jsonLines(stdout)).toMatchObject([
      { id: stuck, state: 'queued', recipients: [{ peer: 'bob', state: 'queued' }] },
    ]);
  });

  it('gives up at once while the brokers do not answer', async () => {
    const flush = ['outbox', 'flush', '--transport', 'kafka://127.0.0.1:1'];
    const flushed = await sandbox.as('alice', flush);
    expect(flushed).toMatchObject({ code: 75, stdout: '' });
  });

  it('is empty once everything has left, and says so', async () => {
    expect((await sandbox.as('alice', ['outbox', 'flush'])).code).toBe(0);
    const again = await sandbox.as('alice', ['outbox', 'flush']);
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: 'msg: the outbox is empty\n' });
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ json: 1 }]);
  });
});
