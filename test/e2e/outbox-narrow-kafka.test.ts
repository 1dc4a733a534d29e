import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPeer } from '../../src/index.js';
import { readNetwork } from '../../src/sandbox/network-file.js';
import { jsonLines } from '../support/json-lines.js';
import { hasKafka } from '../support/kafka.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { administrator, alterTopic } from '../transport/kafka/bench.js';

/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = ['--transport', 'kafka://127.0.0.1:1'];

describe.runIf(hasKafka)('what was kept for an inbox that takes less in one record', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox('--kafka');
    await widen('20000');
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  /** Has bob's inbox take records of so many bytes. */
  async function widen(bytes: string): Promise<void> {
    const settings = { 'max.message.bytes': bytes, 'message.timestamp.type': 'LogAppendTime' };
    await administer((admin) => alterTopic(admin, 'msg.in.bob', settings));
  }

  async function administer(work: (admin: Admin) => Promise<void>): Promise<void> {
    const { broker } = readNetwork(join(sandbox.home, 'state', '.sandbox')) ?? {};
    const admin = await administrator(new URL(broker?.url ?? '').host);
    await work(admin);
    await admin.disconnect();
  }

  /** Kept while the brokers are away; gives the ids. */
  async function queue(input: string, ...args: string[]): Promise<readonly string[]> {
    const send = ['send', 'bob', '--queue', ...NOWHERE, ...args];
    const { code, stdout } = await sandbox.as('alice', send, input);
    expect(code).toBe(0);
    return stdout.trim().split('\n');
  }

  it('leaves in parts, in its order, with what was kept before and after it', async () => {
    const first = await queue('"first"');
    const lines = Array.from({ length: 60 }, (_, n) =>
      JSON.stringify({ n, text: 'x'.repeat(900) }),
    );
    const batched = await queue(lines.join('\n'), '--ndjson');
    const last = await queue('"last"');
    const flushed = await sandbox.as('alice', ['outbox', 'flush', '-v']);
    expect(flushed.code).toBe(0);
    expect(flushed.stderr).toContain('goes in parts: the inbox of bob takes less in one record');
    expect((await sandbox.as('alice', ['outbox', 'list', '--json'])).stdout).toBe('');
    const ids = [...first, ...batched, ...last];
    expect(batched).toHaveLength(60);
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout).map(({ id }) => id)).toEqual(ids);
    const again = await sandbox.as('alice', ['send', 'bob', '--json', '"next"']);
    expect(again.code).toBe(0);
    expect((await sandbox.as('bob', ['listen', '--until-empty'])).stderr).not.toContain('missing');
  });

  it('goes in chunks under its id where it is one message', async () => {
    const [id = ''] = await queue('y'.repeat(50_000));
    const flushed = await sandbox.as('alice', ['outbox', 'flush', '-v']);
    expect(flushed).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(flushed.stderr).toContain(`${id} goes in chunks: the inbox of bob takes less`);
    const shown = await sandbox.as('alice', ['message', 'show', id, '--json']);
    expect(jsonLines(shown.stdout)).toMatchObject([
      { kind: 'message', state: 'sent', recipients: [{ peer: 'bob', inChunks: true }] },
    ]);
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ id, size: 50_000 }]);
    const asked = ['send', 'bob', '--queue', '--id', id];
    const again = await sandbox.as('alice', asked, 'y'.repeat(50_000));
    expect(again).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(again.stderr).toContain('already sent');
    expect((await sandbox.as('bob', ['listen', '--until-empty', '--json'])).stdout).toBe('');
  });

  it('leaves at once in chunks where the brokers are there', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', '--queue'], 'z'.repeat(50_000));
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ id: sent.stdout.trim() }]);
  });

  it('fails once where nothing can carry it, says what to do, and that works', async () => {
    const text = 'q'.repeat(50_000);
    const id = '01900000-0000-7000-8000-00000000c0de';
    const asked = ['--receipt', 'received', '--cid', id, '--id', id];
    const [before = ''] = await queue('"before"');
    expect(await queue(text, ...asked)).toEqual([id]);
    await widen('3000');
    const flushed = await sandbox.as('alice', ['outbox', 'flush']);
    expect(flushed).toMatchObject({ code: 2, stdout: `${before}\n` });
    const shown = await sandbox.as('alice', ['message', 'show', id, '--json']);
    expect(jsonLines(shown.stdout)).toMatchObject([
      { state: 'failed', recipients: [{ mayHaveLeft: false }] },
    ]);
    expect(flushed.stderr).toContain(`${id} cannot be sent to bob: the inbox of bob takes only`);
    const step = `have max.message.bytes of msg.in.bob raised, then "msg outbox flush ${id}"`;
    expect(flushed.stderr).toContain(step);
    expect(await sandbox.as('alice', ['outbox', 'flush'])).toMatchObject({ code: 0 });
    const listed = await sandbox.as('alice', ['outbox', 'list']);
    expect(listed.stdout).toMatch(/failed.*records that are too small for chunks/);
    const question = ['request', 'bob', '--cid', id, '--id', id, '--timeout', '10m'];
    const request = await sandbox.as('alice', question, text);
    expect(request).toMatchObject({ code: 2, stdout: '' });
    await widen('20000');
    expect(await sandbox.as('alice', ['outbox', 'flush', id])).toMatchObject({ code: 0 });
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ id: before }, { id, size: 50_000 }]);
  });

  it('reaches those whose inboxes take it, and says who does not get it', async () => {
    await widen('1000');
    const sent = await sandbox.as('alice', ['send', 'bob,alice', '-'], 'w'.repeat(50_000));
    const id = sent.stdout.trim();
    expect(sent.code).toBe(2);
    expect(sent.stderr).toContain('not sent to bob: the inbox of bob takes only');
    expect(sent.stderr).toContain(`then "msg outbox flush ${id}"`);
    await widen('20000');
    const flushed = await sandbox.as('alice', ['outbox', 'flush', id]);
    expect(flushed).toMatchObject({ code: 0, stdout: `${id}\n` });
    for (const peer of ['alice', 'bob']) {
      const got = await sandbox.as(peer, ['listen', '--until-empty', '--json']);
      expect(jsonLines(got.stdout)).toMatchObject([{ id, size: 50_000 }]);
    }
  });

  it('lets a question end that is given up while its asker waits', async () => {
    const ids = ['01900000-0000-7000-8000-0000000a5ced', '01900000-0000-7000-8000-0000000b5ced'];
    const [first = '', second = ''] = ids;
    for (const id of ids) {
      const asked = ['--json', '"how much?"', '--receipt', 'received', '--cid', id, '--id', id];
      expect(await queue('', ...asked)).toEqual([id]);
    }
    await administer((admin) => admin.deleteTopics({ topics: ['msg.in.bob'] }));
    const question = ['request', 'bob', '--json', '"how much?"', '--timeout', '10m'];
    const asking = sandbox.start('alice', [...question, '--cid', first, '--id', first]);
    const alice = openPeer({ profile: 'alice', env: { MSG_HOME: sandbox.home } });
    const asked = alice.request(
      'bob',
      { json: 'how much?', cid: second, id: second },
      { timeout: '10m' },
    );
    const ended = asked.catch((error: unknown) => error);
    for (const id of ids) {
      await until('the asker has tried to send it', async () => {
        const shown = await sandbox.as('alice', ['message', 'show', id, '--json']);
        return /"attempts":[2-9]/.test(shown.stdout);
      });
      await until('it is taken back', async () => {
        return (await sandbox.as('alice', ['outbox', 'cancel', id])).code === 0;
      });
    }
    const { code, stderr } = await asking.ended;
    expect(stderr).toContain(`the outbox gave up sending ${first} to bob: it was cancelled`);
    expect(code).toBe(2);
    expect(await ended).toMatchObject({ code: 'not-sent', exitCode: 2 });
    await alice.close();
  });
});
