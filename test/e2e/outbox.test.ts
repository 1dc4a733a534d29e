import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import { jsonLines } from '../support/json-lines.js';
import { until } from '../support/until.js';
import { msg } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = ['--transport', 'kafka://127.0.0.1:1'];

/** Kills the process between two steps. */
const CRASH_HOOK = resolve('test/torture/delivery/crash-at.mjs');

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

async function queue(...args: string[]): Promise<string> {
  const queued = await sandbox.as('alice', ['send', ...args, '--queue', ...NOWHERE]);
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
    expect(flushed.stderr).toContain(
      `warning: ${stuck} waits for bob: no topic msg.in.bob in the log`,
    );
    const { stdout } = await sandbox.as('alice', ['outbox', 'list', '--json']);
    expect(jsonLines(stdout)).toMatchObject([
      { id: stuck, state: 'queued', recipients: [{ peer: 'bob', state: 'queued' }] },
    ]);
  });

  it('has the one who waits for a receipt told when it gave up what is asked for', async () => {
    const path = join(sandbox.home, 'without-bob.db');
    const log = openEmbeddedLog({ path, clock: Date.now, random: randomBytes });
    await log.ensureTopic({ topic: 'msg.in.alice', partitions: 1, retention: 86_400_000 });
    await log.close();
    const queued = ['--queue', '--expires', '1s', '--transport', `file:${path}`];
    const wait = ['--wait', '--timeout', '30m'];
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', '1', ...queued, ...wait]);
    expect(sent.code).toBe(2);
    const id = sent.stdout.trim();
    expect(sent.stderr).toContain(`the outbox gave up sending ${id} to bob: it expired before`);
    expect(sent.stderr).toContain('send it anew, under another id');
    expect(await sandbox.as('alice', ['outbox', 'cancel', id])).toMatchObject({ code: 0 });
  });

  it('gives up at once while the brokers do not answer', async () => {
    const flushed = await sandbox.as('alice', ['outbox', 'flush', ...NOWHERE]);
    expect(flushed).toMatchObject({ code: 75, stdout: '' });
  });

  it('is empty once everything has left, and says so', async () => {
    expect((await sandbox.as('alice', ['outbox', 'flush'])).code).toBe(0);
    const again = await sandbox.as('alice', ['outbox', 'flush']);
    expect(again).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'msg: nothing waits in the outbox\n',
    });
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ json: 1 }]);
  });

  it('takes back what has certainly not left, and says so when it is asked to send it again', async () => {
    const id = '01976d0c-3c00-7abc-8def-0123456789ab';
    await queue('bob', '--json', '3', '--id', id);
    const cancelled = await sandbox.as('alice', ['outbox', 'cancel', id]);
    expect(cancelled).toMatchObject({ code: 0, stdout: `${id} bob\n` });
    expect((await sandbox.as('alice', ['outbox', 'list', '--json'])).stdout).toBe('');
    const again = await sandbox.as('alice', ['send', 'bob', '--json', '3', '--id', id]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain(`the message ${id} was cancelled`);
  });

  it('takes nothing back that has been sent', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', '4']);
    const id = sent.stdout.trim();
    const cancelled = await sandbox.as('alice', ['outbox', 'cancel', id]);
    expect(cancelled).toMatchObject({ code: 2, stdout: '' });
    expect(cancelled.stderr).toContain(`${id} cannot be cancelled: it is sent, to bob`);
  });

  it('is emptied by a listener that is asked to', async () => {
    const id = await queue('bob', '--json', '5');
    const listened = await sandbox.as('alice', ['listen', '--flush-outbox', '--until-empty', '-v']);
    expect(listened).toMatchObject({ code: 0 });
    expect(listened.stderr).toContain(`sent ${id} to bob`);
  });

  it('keeps what expired, and shows it', async () => {
    const id = await queue('bob', '--json', '6', '--expires', '1s');
    await until('it has expired', async () => {
      const flushed = await sandbox.as('alice', ['outbox', 'flush', ...NOWHERE]);
      return flushed.stderr.includes(`${id} expired before it could be sent to bob`);
    });
    const { stdout } = await sandbox.as('alice', ['outbox', 'list', '--json']);
    expect(jsonLines(stdout)).toMatchObject([{ id, state: 'expired' }]);
    expect((await sandbox.as('alice', ['outbox', 'cancel', id])).code).toBe(0);
  });

  it('goes out at once when the call that kept it was killed before it could', async () => {
    const id = '01976d0c-3c00-7abc-8def-0123456789ac';
    const args = ['send', 'bob', '--json', '{"n":1}', '--id', id];
    const env = { NODE_OPTIONS: `--import=${CRASH_HOOK}`, TORTURE_CRASH: 'send:kept:1' };
    const killed = await msg(['--profile', 'alice', ...args], { home: sandbox.home, env });
    expect(killed).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    expect(await sandbox.as('alice', args)).toMatchObject({
      code: 0,
      stdout: `${id}\n`,
      stderr: '',
    });
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout).filter((line) => (line as { id: string }).id === id)).toHaveLength(
      1,
    );
  });
});
