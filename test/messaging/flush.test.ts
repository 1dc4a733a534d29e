import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { messageDigest } from '../../src/envelope/header-json.js';
import { open } from '../../src/envelope/open.js';
import { MsgError } from '../../src/errors.js';
import type { Ledger } from '../../src/ledger/port.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { OutboxFlusher, type FlushEvent } from '../../src/messaging/flush.js';
import { send } from '../../src/messaging/send.js';
import type { PeerRecord } from '../../src/registry/port.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import type { OutgoingRecord, Transport } from '../../src/transport/port.js';
import { instead } from '../support/instead.js';
import {
  FILE_LIMITS,
  judgeWith,
  recordOf,
  ScriptedBook,
  temporaryLedger,
  temporarySpool,
  versionOf,
} from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { LIMITS, MOMENT } from '../support/sealed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let bobRenewed: TestPeer;

beforeAll(async () => {
  [alice, bob, carol, bobRenewed] = (await Promise.all(
    ['alice', 'bob', 'carol', 'bob'].map((name) => makePeer(name)),
  )) as [TestPeer, TestPeer, TestPeer, TestPeer];
});

let now: number;
let ledger: Ledger;
let log: Transport;
let records: Map<string, PeerRecord>;
/** What is published, by topic; the log itself keeps it, too. */
let published: { topic: string; records: readonly OutgoingRecord[] }[];
/** Topics that take nothing now. */
let away: Set<string>;

beforeEach(async () => {
  now = MOMENT;
  ledger = temporaryLedger(() => now);
  log = openEmbeddedLog({
    path: join(temporaryDirectory(), 'log.db'),
    ...{ clock: () => now, random: randomBytes },
  });
  onTestFinished(() => log.close());
  for (const peer of ['bob', 'carol', 'moved']) {
    await log.ensureTopic({ topic: `msg.in.${peer}`, partitions: 1, retention: 86_400_000 });
  }
  records = new Map([alice, bob, carol].map((peer) => [peer.name, recordOf(peer)]));
  published = [];
  away = new Set();
});

function deps(changes: Partial<MessagingDeps> = {}): MessagingDeps {
  return {
    ...{
      self: parsePeerName('alice'),
      owner: 'this',
      isGone: () => false,
      ledger,
      judge: judgeWith(),
    },
    transport: watched(),
    signingKey: () => Promise.resolve({ own: alice, chain: [] }),
    openingKeys: () => Promise.resolve([alice]),
    book: new ScriptedBook((name) => records.get(name)),
    freshness: { maxAge: 60_000, maxStale: 60_000 },
    formerKey: () => Promise.resolve(undefined),
    settling: 0,
    ...{ spool: temporarySpool(), fileLimits: FILE_LIMITS },
    ...{ largestSealed: 1_000_000, clock: () => now, random: randomBytes },
    warn: () => undefined,
    ...changes,
  };
}

/** The real log, watched, and without a leader for what is `away`. */
function watched(): Transport {
  return instead(log, {
    publish: async (topic, partition, batch) => {
      if (away.has(topic)) throw new MsgError('broker-unreachable', `no leader for ${topic}`);
      published.push({ topic, records: batch });
      return log.publish(topic, partition, batch);
    },
  });
}

async function queue(text: string, to: readonly string[], fields: { expiresIn?: number } = {}) {
  const topics = to.map((peer) => `msg.in.${peer}`);
  topics.forEach((topic) => away.add(topic));
  const payload = Buffer.from(text);
  const request = { payload, contentType: 'text/plain', queue: true, ...fields };
  const { id, state } = await send({ to: to.map(parsePeerName), ...request }, deps());
  expect(state).toBe('queued');
  topics.forEach((topic) => away.delete(topic));
  return id;
}

async function flush(changes: Partial<MessagingDeps> = {}): Promise<FlushEvent[]> {
  const events: FlushEvent[] = [];
  const flusher = new OutboxFlusher(deps(changes), {
    kinds: ['answers', 'messages'],
    onEvent: (event) => events.push(event),
    signal: new AbortController().signal,
  });
  await flusher.once();
  return events;
}

/** What lies in the log for a peer, opened with its key. */
async function opened(topic: string, key: TestPeer) {
  const values = published.filter((one) => one.topic === topic).flatMap((one) => one.records);
  return Promise.all(values.map(({ value }) => open(value, [key], LIMITS)));
}

async function stateOf(id: string): Promise<string[]> {
  const rows = await ledger.history.find(id as never);
  return rows.flatMap((row) =>
    row.direction === 'out' ? row.deliveries.map(({ state }) => state) : [],
  );
}

describe('flushing the outbox', () => {
  it('publishes the kept bytes of one recipient together, in their order', async () => {
    const ids = [await queue('one', ['bob']), await queue('two', ['bob'])];
    const events = await flush();
    expect(events.map(({ kind, id }) => [kind, id])).toEqual(ids.map((id) => ['sent', id]));
    expect(published.map((one) => one.records.length)).toEqual([2]);
    const texts = (await opened('msg.in.bob', bob)).map(({ payload }) => payload.toString());
    expect(texts).toEqual(['one', 'two']);
  });

  it('lets a recipient that cannot be reached delay nobody else', async () => {
    const stuck = [await queue('1', ['bob']), await queue('2', ['bob'])] as const;
    const free = await queue('3', ['carol']);
    away.add('msg.in.bob');
    const events = await flush();
    expect(events).toContainEqual(expect.objectContaining({ kind: 'sent', id: free }));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'waits', id: stuck[0] }));
    expect([await stateOf(stuck[0]), await stateOf(stuck[1])]).toEqual([['queued'], ['queued']]);
  });

  it('shows each recipient of a message on its own', async () => {
    const id = await queue('both', ['bob', 'carol']);
    away.add('msg.in.carol');
    await flush();
    expect(await stateOf(id)).toEqual(['sent', 'queued']);
    away.clear();
    await flush();
    expect(await stateOf(id)).toEqual(['sent', 'sent']);
    expect(published.map(({ topic }) => topic)).toEqual(['msg.in.bob', 'msg.in.carol']);
  });

  it('keeps and tells what expired before it could leave', async () => {
    const id = await queue('late', ['bob'], { expiresIn: 1_000 });
    now += 1_000;
    expect(await flush()).toEqual([{ kind: 'expired', id, recipient: 'bob' }]);
    expect(published).toEqual([]);
    expect(await stateOf(id)).toEqual(['expired']);
  });

  it('waits while the recipient is suspended, and goes on when that is lifted', async () => {
    const id = await queue('wait', ['bob']);
    records.set('bob', recordOf(bob, { status: 'suspended' }));
    const [event] = await flush();
    expect(event).toMatchObject({ kind: 'waits', published: { failure: { outcome: 'not-sent' } } });
    records.set('bob', recordOf(bob));
    await flush();
    expect(await stateOf(id)).toEqual(['sent']);
  });

  it('follows an inbox that has moved', async () => {
    await queue('there', ['bob']);
    records.set('bob', recordOf(bob, { profile: { inbox: 'msg.in.moved' } }));
    await flush();
    expect(published.map(({ topic }) => topic)).toEqual(['msg.in.moved']);
  });

  it('has two processes publish nothing twice', async () => {
    for (let n = 0; n < 20; n++) await queue(String(n), [n % 2 === 0 ? 'bob' : 'carol']);
    await Promise.all([flush({ owner: 'this' }), flush({ owner: 'other' })]);
    expect(published.flatMap((one) => one.records)).toHaveLength(20);
  });
});

describe('a message that waited while a certificate was replaced', () => {
  it("is sealed anew to the recipient's new one, and stays the same message", async () => {
    const id = await queue('for bob', ['bob']);
    const [before] = await ledger.history.find(id);
    const versions = [versionOf(bob), versionOf(bobRenewed, { index: 1, publishedAt: now })];
    records.set('bob', recordOf(bob, { certificates: versions }));
    now += 60_000;
    expect((await flush()).map(({ kind }) => kind)).toEqual(['sealed-anew', 'sent']);
    const [message] = await opened('msg.in.bob', bobRenewed);
    expect(message?.payload.toString()).toBe('for bob');
    expect(message?.header).toMatchObject({ id, sent: now });
    if (before === undefined || message === undefined) throw new Error('it is gone');
    const digests = [JSON.parse(before.header) as never, message.header].map((header) =>
      messageDigest(header, message.payloadSha256),
    );
    expect(digests[0]).toBe(digests[1]);
  });

  it("is signed anew when one's own was replaced", async () => {
    const id = await queue('from alice', ['bob']);
    const renewed = await makePeer('alice');
    const versions = [versionOf(alice), versionOf(renewed, { index: 1, publishedAt: now })];
    records.set('alice', recordOf(alice, { certificates: versions }));
    await flush({
      signingKey: () => Promise.resolve({ own: renewed, chain: [] }),
      openingKeys: () => Promise.resolve([renewed, alice]),
    });
    const [message] = await opened('msg.in.bob', bob);
    expect(message?.signer.fingerprint).toBe(renewed.certificate.fingerprint);
    expect(message?.header.id).toBe(id);
  });

  it('fails, and lets the next one pass, when another of its recipients has none any more', async () => {
    const stuck = await queue('both', ['bob', 'carol']);
    const free = await queue('bob only', ['bob']);
    const versions = [versionOf(bob), versionOf(bobRenewed, { index: 1, publishedAt: now })];
    records.set('bob', recordOf(bob, { certificates: versions }));
    const revoked = { at: now, reason: 1 };
    records.set('carol', recordOf(carol, { certificates: [versionOf(carol, { revoked })] }));
    const events = await flush();
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'failed', id: stuck, recipient: 'bob' }),
    );
    expect(await stateOf(stuck)).toEqual(['failed', 'queued']);
    const [row] = await ledger.outbox.pending();
    expect(row?.deliveries[0]).toMatchObject({ recipient: 'bob', mayHaveLeft: false });
    expect(await stateOf(free)).toEqual(['sent']);
  });
});

describe('a flusher that runs beside a listener', () => {
  it('sends what another process keeps, and what is due again, until it is told to end', async () => {
    const ending = new AbortController();
    const sent: string[] = [];
    const flusher = new OutboxFlusher(deps(), {
      kinds: ['messages'],
      onEvent: (event) => {
        if (event.kind === 'sent') sent.push(event.id);
      },
      signal: ending.signal,
    });
    const running = flusher.run();
    const first = await queue('first', ['bob']);
    now += 10 * 60_000;
    flusher.wake();
    await until('the first message is sent', () => sent.includes(first));
    ending.abort();
    await running;
    expect(sent).toEqual([first]);
  });
});
