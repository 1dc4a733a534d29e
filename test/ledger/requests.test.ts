import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { AwaitedReply, Ledger } from '../../src/ledger/port.js';
import { ledgerBench, type LedgerBench } from './bench.js';
import { message, newId, verified } from './records.js';

const BOB = parsePeerName('bob');
const nobodyGone = (): boolean => false;

function awaited(bench: LedgerBench, changes: Partial<AwaitedReply> = {}): AwaitedReply {
  const request = changes.request ?? newId();
  const until = bench.clock.now + 60_000;
  return { request, peer: BOB, correlationId: request, owner: 'host:1:ab', until, ...changes };
}

let offset = 0;

/** A message of a peer comes into the inbox. */
async function arrives(
  ledger: Ledger,
  fields: { replyTo?: string; cid: string; sender?: string },
): Promise<MessageId> {
  const { replyTo, cid, sender = 'bob' } = fields;
  const reply = message({
    ...{ offset: offset++, sender: parsePeerName(sender), correlationId: cid },
    header: JSON.stringify({ cid, ...(replyTo === undefined ? {} : { replyTo }) }),
  });
  await ledger.inbox.receive([verified(reply)], undefined);
  return reply.id;
}

/** What a listener would get next. */
async function inLane(ledger: Ledger): Promise<MessageId | undefined> {
  const claim = { owner: 'listener', leaseUntil: Number.MAX_SAFE_INTEGER, except: [] };
  const claimed = await ledger.lanes.claim(claim);
  if (claimed !== undefined) await ledger.lanes.complete('listener', claimed.number);
  return claimed?.id;
}

describe('a reply that somebody waits for', () => {
  it('goes to the one who waits, and to no listener', async () => {
    const bench = ledgerBench();
    const [ledger, other] = [bench.open(), bench.open()];
    const question = awaited(bench);
    expect(await ledger.requests.begin(question, nobodyGone)).toBe(true);
    expect(await ledger.requests.take(question, question.until)).toBeUndefined();
    const { request } = question;
    const reply = await arrives(other, { replyTo: request, cid: request });
    expect(await inLane(other)).toBeUndefined();
    expect(await other.inbox.undelivered()).toBe(0);
    expect(await ledger.requests.take(question, question.until)).toMatchObject({ id: reply });
    expect(await ledger.requests.complete(question)).toBe(true);
    expect(await ledger.history.find(reply)).toMatchObject([{ state: 'done', attempts: 1 }]);
  });

  it.each([
    ['names nothing but the correlation id', 'cid', undefined, 'bob', true],
    ['names the question, whatever its correlation id', 'other', 'request', 'bob', true],
    ['names another question of the same correlation id', 'cid', 'another', 'bob', false],
    ['is another peer’s', 'cid', 'request', 'carol', false],
    ['is about something else', 'other', undefined, 'bob', false],
  ] as const)('that %s', async (...[, cid, replyTo, sender, isReply]) => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const question = awaited(bench, { correlationId: 'cid' });
    await ledger.requests.begin(question, nobodyGone);
    const to = replyTo === 'request' ? question.request : replyTo;
    const id = await arrives(ledger, { cid, sender, ...(to === undefined ? {} : { replyTo: to }) });
    const taken = await ledger.requests.take(question, question.until);
    expect(taken?.id).toBe(isReply ? id : undefined);
    expect(await inLane(ledger)).toBe(isReply ? undefined : id);
  });

  it('is one: a second one is a message like any other', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const question = awaited(bench);
    const { request } = question;
    await ledger.requests.begin(question, nobodyGone);
    const first = await arrives(ledger, { replyTo: request, cid: request });
    const second = await arrives(ledger, { replyTo: request, cid: request });
    expect(await ledger.requests.take(question, question.until)).toMatchObject({ id: first });
    expect(await inLane(ledger)).toBe(second);
  });

  it('goes to its lane when it comes after the time', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const question = awaited(bench);
    const { request } = question;
    await ledger.requests.begin(question, nobodyGone);
    bench.clock.now += 60_000;
    const late = await arrives(ledger, { replyTo: request, cid: request });
    expect(await inLane(ledger)).toBe(late);
  });

  it.each([
    ['the one who waits is gone', (owner: string) => owner === 'host:1:ab', 0],
    ['the time is over', nobodyGone, 60_000],
  ])('goes to its lane when %s before it was handled', async (_, isGone, later) => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const question = awaited(bench);
    const { request } = question;
    await ledger.requests.begin(question, nobodyGone);
    const reply = await arrives(ledger, { replyTo: request, cid: request });
    expect(await ledger.lanes.releaseAbandoned(nobodyGone)).toBe(0);
    bench.clock.now += later;
    expect(await ledger.lanes.releaseAbandoned(isGone)).toBe(1);
    expect(await inLane(ledger)).toBe(reply);
    expect(await ledger.requests.complete(question)).toBe(false);
    expect(await ledger.requests.take(question, question.until)).toBeUndefined();
  });

  it('is kept while it is being handled', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const question = awaited(bench);
    const { request } = question;
    await ledger.requests.begin(question, nobodyGone);
    const reply = await arrives(ledger, { replyTo: request, cid: request });
    await ledger.requests.take(question, question.until + 60_000);
    bench.clock.now += 90_000;
    expect(await ledger.lanes.releaseAbandoned(nobodyGone)).toBe(0);
    await ledger.requests.end(question);
    expect(await inLane(ledger)).toBe(reply);
  });

  it('is taken from its lane when it came before, unless it was delivered', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const [question, answered] = [awaited(bench), awaited(bench)];
    const { request: before } = answered;
    const delivered = await arrives(ledger, { replyTo: before, cid: before });
    expect(await inLane(ledger)).toBe(delivered);
    const { request } = question;
    const reply = await arrives(ledger, { replyTo: request, cid: request });
    await ledger.requests.begin(question, nobodyGone);
    expect(await inLane(ledger)).toBeUndefined();
    expect(await ledger.requests.take(question, question.until)).toMatchObject({ id: reply });
    expect(await ledger.requests.delivered(question)).toBeUndefined();
    await ledger.requests.begin(answered, nobodyGone);
    expect(await ledger.requests.take(answered, answered.until)).toBeUndefined();
    expect(await ledger.requests.delivered(answered)).toMatchObject({ id: delivered });
  });

  it('may come in a batch, which is done when its last message is', async () => {
    const bench = ledgerBench();
    const ledger = bench.open();
    const question = awaited(bench);
    const { request } = question;
    await ledger.requests.begin(question, nobodyGone);
    const batch = message({ offset: offset++, sender: BOB, kind: 'batch' });
    const items = [undefined, request].map((replyTo) => {
      const { id, digest, type } = message({ content: String(replyTo) });
      const header = JSON.stringify({ cid: request, replyTo: replyTo ?? newId() });
      return { id, digest, type, correlationId: request, header };
    });
    await ledger.inbox.receive([{ outcome: 'batch', message: batch, items }], undefined);
    expect(await inLane(ledger)).toBe(items[0]?.id);
    expect(await inLane(ledger)).toBeUndefined();
    expect(await ledger.history.find(batch.id)).toMatchObject([{ state: 'unpacked' }]);
    expect(await ledger.requests.take(question, question.until)).toMatchObject({
      id: items[1]?.id,
    });
    expect(await ledger.requests.complete(question)).toBe(true);
    expect(await ledger.history.find(batch.id)).toMatchObject([{ state: 'done' }]);
  });

  it('is waited for by one process at a time', async () => {
    const bench = ledgerBench();
    const [ledger, other] = [bench.open(), bench.open()];
    const question = awaited(bench);
    const again = { ...question, owner: 'host:2:cd' };
    await ledger.requests.begin(question, nobodyGone);
    expect(await other.requests.begin(again, nobodyGone)).toBe(false);
    expect(await other.requests.begin(again, (owner) => owner === question.owner)).toBe(true);
    expect(await ledger.requests.complete(question)).toBe(false);
  });
});
