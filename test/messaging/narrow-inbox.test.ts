import { beforeEach, describe, expect, it } from 'vitest';
import { send } from '../../src/messaging/send.js';
import { makeLargePeers } from '../support/large-inbox.js';
import { BOB, CAROL, kindsOf, LONG, NarrowOutbox } from '../support/narrow-outbox.js';

const peers = await makeLargePeers();
const { alice, bob, carol } = peers;
let outbox: NarrowOutbox;

beforeEach(async () => {
  outbox = await NarrowOutbox.open(peers);
});

describe('a message that no wider way leads to', () => {
  it('fails once, with what to do, and leaves when the inbox is wider', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    const next = await outbox.one('next', {}, outbox.away());
    const [failed, sent] = await outbox.flush(outbox.narrow({ largest: 3_000 }));
    expect(failed).toMatchObject({ kind: 'failed', id, error: { code: 'too-large', exitCode: 2 } });
    const { error } = failed?.kind === 'failed' ? failed : expect.fail();
    expect(error.message).toContain('the inbox of bob takes only records that are too small');
    expect(error.hint).toContain(
      `max.message.bytes of msg.in.bob raised, then "msg outbox flush ${id}"`,
    );
    expect(sent).toMatchObject({ kind: 'sent', id: next });
    expect(await outbox.flush(outbox.narrow({ largest: 3_000 }))).toEqual([]);
    expect(await outbox.sides.spool(alice).names()).toEqual([]);
    expect(await outbox.sides.ledger(alice).outbox.retry(id)).toBe(1);
    expect(kindsOf(await outbox.flush(outbox.narrow()))).toEqual(['in-chunks', 'sent']);
    expect([...(await outbox.delivered(bob))].sort()).toEqual([id, next].sort());
    expect(await outbox.missing(bob)).toEqual([]);
  });

  it('certainly never left, though it was published beside others, which leave once', async () => {
    const before = [
      await outbox.one('1', {}, outbox.away()),
      await outbox.one('2', {}, outbox.away()),
    ];
    const id = await outbox.one(LONG, {}, outbox.away());
    const after = await outbox.one('3', {}, outbox.away());
    const length = (await outbox.sides.records(bob)).length;
    expect(kindsOf(await outbox.flush(outbox.narrow({ largest: 3_000 })))).toEqual([
      ...['sent', 'sent', 'failed', 'sent'],
    ]);
    const [row] = await outbox.sides.ledger(alice).outbox.pending();
    expect(row).toMatchObject({ id, deliveries: [{ state: 'failed', mayHaveLeft: false }] });
    expect(await outbox.sides.records(bob)).toHaveLength(length + 3);
    expect(await outbox.delivered(bob)).toEqual([...before, after]);
    expect(await outbox.missing(bob)).toEqual([]);
  });

  it('is missed by nobody from the next message on', async () => {
    await outbox.one(LONG, {}, outbox.away());
    await outbox.one('names it', {}, outbox.away());
    await outbox.flush(outbox.narrow({ largest: 3_000 }));
    await outbox.sides.receive(bob);
    expect(await outbox.sides.ledger(bob).streams.missing({})).toHaveLength(1);
    expect(await outbox.missing(bob)).toEqual([]);
  });
});

describe('a message that is sent while the brokers are there', () => {
  it('goes in chunks at once, also where it may be kept', async () => {
    const request = { to: [BOB], payload: Buffer.from(LONG), contentType: 'text/plain' };
    const deps = outbox.sides.deps(alice, { transport: outbox.narrow() });
    const { state, id } = await send({ ...request, queue: true }, deps);
    expect(state).toBe('sent');
    expect(await outbox.delivered(bob)).toEqual([id]);
  });

  it('reaches one in chunks and the other as it is', async () => {
    const request = { to: [BOB, CAROL], payload: Buffer.from(LONG), contentType: 'text/plain' };
    const { state, id } = await send(
      request,
      outbox.sides.deps(alice, { transport: outbox.narrow() }),
    );
    expect(state).toBe('sent');
    expect(await outbox.statesOf(id)).toEqual(['bob sent in chunks', 'carol sent']);
    expect([await outbox.delivered(bob), await outbox.delivered(carol)]).toEqual([[id], [id]]);
  });

  it('is kept by nobody where it can never be sent, not even where it may be kept', async () => {
    const request = { to: [BOB], payload: Buffer.from(LONG), contentType: 'text/plain' };
    const deps = outbox.sides.deps(alice, { transport: outbox.narrow({ largest: 3_000 }) });
    const sent = send({ ...request, queue: true }, deps);
    await expect(sent).rejects.toMatchObject({ code: 'too-large', exitCode: 2 });
    expect(await outbox.sides.ledger(alice).outbox.pending()).toEqual([]);
    expect(await outbox.sides.spool(alice).names()).toEqual([]);
  });

  it('says at once to whom it can never be sent, and has reached the others', async () => {
    const request = { to: [BOB, CAROL], payload: Buffer.from(LONG), contentType: 'text/plain' };
    const deps = outbox.sides.deps(alice, { transport: outbox.narrow({ largest: 3_000 }) });
    const { id, state, deliveries } = await send(request, deps);
    expect(state).toBe('sent');
    expect(deliveries).toMatchObject([
      { peer: 'bob', state: 'failed', failure: { error: { code: 'too-large' } } },
      { peer: 'carol', state: 'sent' },
    ]);
    expect(await outbox.statesOf(id)).toEqual(['bob failed', 'carol sent']);
    expect(await outbox.delivered(carol)).toEqual([id]);
  });

  it('fails again under the id that it failed with, and goes out when that helps', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    const request = { to: [BOB], payload: Buffer.from(LONG), contentType: 'text/plain', id };
    const narrow = { transport: outbox.narrow({ largest: 3_000 }) };
    const sent = send(request, outbox.sides.deps(alice, narrow));
    await expect(sent).rejects.toMatchObject({ code: 'too-large' });
    expect(await outbox.statesOf(id)).toEqual(['bob failed']);
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream of one piece
    const stream = (async function* () {
      yield request.payload;
    })();
    const deps = outbox.sides.deps(alice, { transport: outbox.narrow() });
    expect((await send({ ...request, payload: { stream } }, deps)).state).toBe('sent');
    expect(await outbox.delivered(bob)).toEqual([id]);
  });

  it('goes in chunks when it is sent again under the id that it was kept with', async () => {
    const id = await outbox.one(LONG, {}, outbox.away());
    const request = { to: [BOB], payload: Buffer.from(LONG), contentType: 'text/plain', id };
    const deps = outbox.sides.deps(alice, { transport: outbox.narrow() });
    expect((await send(request, deps)).state).toBe('sent');
    expect((await send(request, deps)).state).toBe('already-sent');
    expect(await outbox.delivered(bob)).toEqual([id]);
  });
});

it('what may be kept, and may not fit one record, is kept in chunks while nobody can tell', async () => {
  const payload = Buffer.alloc(900 * 1024, 'x');
  const id = await outbox.one('', { payload }, outbox.away());
  expect(await outbox.statesOf(id)).toEqual(['bob queued in chunks']);
  await outbox.flush(outbox.sides.log);
  expect(await outbox.delivered(bob)).toEqual([id]);
});
