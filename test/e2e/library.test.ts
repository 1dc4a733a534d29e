import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPeer, RejectMessage, type Peer, type ReceivedMessage } from '../../src/index.js';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

const run = promisify(execFile);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

function peer(profile: string): Peer {
  const opened = openPeer({ profile, env: { MSG_HOME: sandbox.home } });
  onTestFinished(() => opened.close());
  return opened;
}

/** Everything that is in bob's inbox. */
async function drain(bob: Peer): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  await bob.listen((message) => void messages.push(message), { untilEmpty: true });
  return messages;
}

describe('the package', () => {
  it('runs the example as it is printed', async () => {
    const env = { ...process.env, MSG_HOME: sandbox.home };
    const { stdout, stderr } = await run(process.execPath, ['examples/orders.mjs'], { env });
    expect({ lines: stdout.trim().split('\n'), stderr }).toEqual({
      lines: [
        'bob refused: the handler refused it: order 1 over -5.00',
        'bob tries again: the handler failed: the database is away',
        'bob accepted order 2 at attempt 2',
        'alice has the answer: order.accepted',
      ],
      stderr: '',
    });
  });

  it('exports what its documentation names, and nothing that it does not', async () => {
    const entry = pathToFileURL(resolve('dist/index.js')).href;
    const api: object = (await import(entry)) as object;
    const documentation = await readFile('docs/library.md', 'utf8');
    const names = Object.keys(api).filter((name) => name !== 'default');
    expect(names).toContain('openPeer');
    expect(names.filter((name) => !documentation.includes(`\`${name}`))).toEqual(['openPeer']);
    expect(documentation).toContain('## openPeer(');
  });
});

describe('sending', () => {
  it('gives JSON and bytes to peers, once each however often they are named', async () => {
    const alice = peer('alice');
    expect(alice.name).toBe('alice');
    const sent = await alice.send(['bob', 'bob'], { json: { n: 1 }, type: 'number' });
    expect(sent).toMatchObject({ state: 'sent', size: 7, deliveries: [{ peer: 'bob' }] });
    await alice.send('bob', { payload: Buffer.of(1, 2), name: 'two.bin' });
    const [first, second, ...rest] = await drain(peer('bob'));
    expect(first?.json()).toEqual({ n: 1 });
    expect(first?.header).toMatchObject({ id: sent.id, type: 'number', from: 'alice' });
    expect(await second?.payload.bytes()).toEqual(Buffer.of(1, 2));
    expect(() => second?.json()).toThrow(SyntaxError);
    expect(rest).toEqual([]);
  });

  it.each([
    ['nothing', {}, 'usage'],
    ['two contents', { json: 1, payload: Buffer.of(1) }, 'usage'],
    ['a function', { json: () => 1 }, 'json-invalid'],
    ['a path for a name', { json: 1, name: '../x' }, 'usage'],
    ['an id that is none', { json: 1, id: '17' }, 'usage'],
  ])('refuses %s, with a code', async (_what, content, code) => {
    await expect(peer('alice').send('bob', content)).rejects.toMatchObject({ code });
    expect(await drain(peer('bob'))).toEqual([]);
  });

  it('says with retryable whether trying again can help', async () => {
    const unknown = peer('alice').send('nobody', { json: 1 });
    await expect(unknown).rejects.toMatchObject({ code: 'peer-unknown', retryable: false });
    expect(() => openPeer({ profile: 'nobody', env: { MSG_HOME: sandbox.home } })).toThrow(
      expect.objectContaining({ code: 'config' }) as Error,
    );
  });
});

describe('listening', () => {
  it('gives a message again when the handler failed, in its order', async () => {
    for (const n of [1, 2]) await peer('alice').send('bob', { json: n });
    const seen: unknown[] = [];
    const summary = await peer('bob').listen(
      (message) => {
        seen.push([message.json(), message.attempt, message.redelivered]);
        if (message.json() === 1 && message.attempt === 1) throw new Error('later');
      },
      { count: 2 },
    );
    expect(seen).toEqual([
      [1, 1, false],
      [1, 2, true],
      [2, 1, false],
    ]);
    expect(summary).toMatchObject({ delivered: 2, refused: 0 });
  });

  it('sends many messages in one envelope, and tells of each what became of it', async () => {
    const orders = peer('alice').batch('bob', { type: 'order' });
    const sending = [1, 2, 3].map((order) => orders.send({ json: { order }, cid: `PO ${order}` }));
    const wrong = orders.send({ json: 4, name: 'not/a/name' });
    await expect(wrong).rejects.toMatchObject({ code: 'usage' });
    await expect(orders.send({})).rejects.toThrow('exactly one of json and payload');
    await orders.close();
    const sent = await Promise.all(sending);
    expect(new Set(sent.map(({ batch, state }) => `${batch} ${state}`)).size).toBe(1);
    const messages = await drain(peer('bob'));
    expect(messages.map(({ header }) => [header.id, header.type, header.cid])).toEqual(
      sent.map(({ id }, index) => [id, 'order', `PO ${index + 1}`]),
    );
    expect(messages.map((message) => message.json())).toEqual(
      [1, 2, 3].map((order) => ({ order })),
    );
    expect(() => peer('alice').batch('bob', { count: 1001 })).toThrow('count is 1001');
  });

  it('puts a message that the handler rejects into quarantine, with the reason', async () => {
    const { id } = await peer('alice').send('bob', { json: 1 });
    const refuse = (): never => {
      throw new RejectMessage('no such order');
    };
    const summary = await peer('bob').listen(refuse, { untilEmpty: true });
    expect(summary).toMatchObject({ delivered: 0, refused: 1 });
    const { stdout } = await sandbox.as('bob', ['quarantine', 'list', '--json']);
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      ...{
        claimedId: id,
        reason: 'message-refused',
        detail: 'the handler refused it: no such order',
      },
    });
  });

  it('rejects with what keeps a message waiting when it was to end with an empty inbox', async () => {
    await peer('alice').send('bob', { json: 1 });
    const fail = (): never => {
      throw new Error('the database is away');
    };
    await expect(peer('bob').listen(fail, { untilEmpty: true })).rejects.toMatchObject({
      ...{ code: 'handler-failed', retryable: true },
      message: 'the handler failed: the database is away',
    });
    expect((await drain(peer('bob'))).map((message) => message.redelivered)).toEqual([true]);
  });

  it('finishes the message in hand when the signal ends it', async () => {
    for (const n of [1, 2]) await peer('alice').send('bob', { json: n });
    const ending = new AbortController();
    const done: unknown[] = [];
    await peer('bob').listen(
      async (message) => {
        ending.abort();
        await new Promise((resolve) => setImmediate(resolve));
        done.push(message.json());
      },
      { signal: ending.signal },
    );
    expect(done).toEqual([1]);
    expect((await drain(peer('bob'))).map((message) => message.json())).toEqual([2]);
  });
});

describe('a conversation', () => {
  /** Bob answers everything until the work is done. */
  async function whileBobListens<T>(
    handler: (bob: Peer, message: ReceivedMessage) => Promise<unknown>,
    work: () => Promise<T>,
  ): Promise<T> {
    const bob = peer('bob');
    const ending = new AbortController();
    const { signal } = ending;
    const listening = bob.listen(
      async (message) => {
        await handler(bob, message);
      },
      { signal },
    );
    try {
      return await work();
    } finally {
      ending.abort();
      await listening;
    }
  }

  it('is a question and its reply, which no listener gets', async () => {
    const alice = peer('alice');
    const answer = (bob: Peer, message: ReceivedMessage) =>
      bob.reply(message, { json: { doubled: Number(message.json()) * 2 }, type: 'doubled' });
    const replies = await whileBobListens(answer, () =>
      Promise.all([alice.request('bob', { json: 21 }), alice.request('bob', { json: 4 })]),
    );
    expect(replies.map((reply) => reply.json())).toEqual([{ doubled: 42 }, { doubled: 8 }]);
    expect(replies[0]).toMatchObject({ header: { from: 'bob', type: 'doubled' }, replay: false });
    expect(await drain(alice)).toEqual([]);
  });

  it('ends in a rejection that says why, or in time', async () => {
    const alice = peer('alice');
    const refuse = () => Promise.reject(new RejectMessage('no such order'));
    await whileBobListens(refuse, async () => {
      const asked = alice.request('bob', { json: 1 });
      await expect(asked).rejects.toMatchObject({ code: 'rejected' });
      await expect(asked).rejects.toThrow('no such order');
    });
    const silent = alice.request('bob', { json: 2 }, { timeout: '100ms' });
    await expect(silent).rejects.toMatchObject({ code: 'no-reply', retryable: false });
    const ending = new AbortController();
    const endless = alice.request('bob', { json: 3 }, { timeout: '1h', signal: ending.signal });
    ending.abort();
    await expect(endless).rejects.toMatchObject({ code: 'interrupted' });
    await drain(peer('bob'));
  });

  it('is a message and its receipts', async () => {
    const alice = peer('alice');
    const done = () => Promise.resolve();
    const sent = await whileBobListens(done, () =>
      alice.send('bob', { json: 1, wait: 'processed' }),
    );
    expect(sent).toMatchObject({ state: 'sent', receipts: [{ peer: 'bob', says: 'processed' }] });
    expect(await alice.receipts(sent.id)).toMatchObject([{ peer: 'bob', says: 'processed' }]);
    const silent = alice.send('bob', { json: 2, wait: 'received', timeout: '100ms' });
    await expect(silent).rejects.toMatchObject({ code: 'no-receipt', exitCode: 75 });
    const odd = alice.send('bob', { json: 3, receipt: ['read' as 'received'] });
    await expect(odd).rejects.toMatchObject({ code: 'usage' });
    await drain(peer('bob'));
  });
});
