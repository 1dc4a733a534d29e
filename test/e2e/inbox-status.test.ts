import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

async function status(): Promise<Record<string, unknown>> {
  const { code, stdout } = await sandbox.as('bob', ['inbox', 'status', '--json']);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('how things stand', () => {
  it('is told by msg inbox status, and by a listener at SIGUSR1', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', '{"order": 1}']);
    expect(await status()).toMatchObject({ lag: { unread: 1 }, received: { done: 0 } });
    const listener = sandbox.start('bob', ['listen', '--exec', 'exit 75']);
    await until(
      'the handler has failed',
      () => listener.stderr.includes('messages from alice wait'),
      60_000,
    );
    expect(await status()).toMatchObject({
      ...{ lag: { unread: 0 }, received: { done: 0 }, quarantined: 0 },
      oldestUnfinished: { id: sent.stdout.trim(), from: 'alice' },
      blocked: [{ from: 'alice', code: 'handler-failed' }],
    });
    listener.child.kill('SIGUSR1');
    await until('it says so', () => listener.stderr.includes('1 senders wait'), 60_000);
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toMatchObject({ code: 0 });
    await sandbox.as('bob', ['listen', '--until-empty']);
    expect(await status()).toMatchObject({ received: { received: 0, done: 1 }, blocked: [] });
  });

  it('is told at an interval, which has to be one', async () => {
    const listener = sandbox.start('bob', ['listen', '--status-interval', '1s']);
    await until('it says so', () => listener.stderr.includes('0 to be delivered'), 60_000);
    listener.child.kill('SIGTERM');
    await listener.ended;
    const wrong = await sandbox.as('bob', ['listen', '--status-interval', '5ms']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('not an interval: 5ms');
  });
});
