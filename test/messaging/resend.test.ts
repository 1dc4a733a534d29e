import { unlinkSync } from 'node:fs';
import { Readable } from 'node:stream';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { open } from '../../src/envelope/open.js';
import { MsgError } from '../../src/errors.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import {
  planResend,
  publishQueued,
  queueAgain,
  type ResendRequest,
} from '../../src/messaging/resend.js';
import type { CertificateVersion } from '../../src/registry/port.js';
import type { Transport } from '../../src/transport/port.js';
import { instead } from '../support/instead.js';
import { makeLargePeers } from '../support/large-inbox.js';
import { LargeOutbox } from '../support/large-outbox.js';
import { recordOf, ScriptedBook, versionOf } from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { LIMITS } from '../support/sealed.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let bobRenewed: TestPeer;
let aliceRenewed: TestPeer;
let box: LargeOutbox;

beforeAll(async () => {
  ({ alice, bob, carol } = await makeLargePeers());
  [aliceRenewed, bobRenewed] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  box = await LargeOutbox.open({ alice, bob, carol });
});

const BOB = parsePeerName('bob');
const CAROL = parsePeerName('carol');

function send(changes: Parameters<LargeOutbox['send']>[0] = {}, deps: Partial<MessagingDeps> = {}) {
  return box.send({ payload: Buffer.from('order'), ...changes }, deps);
}

async function again(request: ResendRequest, changes: Partial<MessagingDeps> = {}) {
  const deps = box.sides.deps(alice, changes);
  const plan = await planResend(request, deps);
  await queueAgain(plan, deps);
  return publishQueued(plan, deps, () => undefined);
}

/** What alice knows of the directory once one of its certificates was replaced, or revoked as well. */
function directory(
  renewed: TestPeer,
  revoked?: CertificateVersion['revoked'],
): MessagingDeps['book'] {
  const records = [alice, bob, carol].map((peer) =>
    peer.name === renewed.name
      ? recordOf(renewed, {
          certificates: [versionOf(peer, { revoked }), versionOf(renewed, { index: 1 })],
        })
      : recordOf(peer),
  );
  return ScriptedBook.of(...records);
}

const REVOKED = { reason: 1, at: 1_700_000_000_000 };

async function stateOf(id: Awaited<ReturnType<typeof send>>['id']) {
  const [row] = await box.sides.ledger(alice).history.find(id);
  return row?.direction === 'out'
    ? row.deliveries.map(({ recipient, state }) => `${recipient} ${state}`)
    : [];
}

describe('a message that was sent', () => {
  it('goes out again as the very same bytes, and is delivered once', async () => {
    const { id } = await send();
    expect(await again({ id })).toMatchObject([{ peer: 'bob', state: 'sent', offset: 1n }]);
    const [first, second, ...more] = await box.sides.records(bob);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ value: first?.value, headers: first?.headers });
    const { summary } = await box.sides.receive(bob);
    expect(summary).toMatchObject({ delivered: 1, duplicates: 1 });
  });

  it('goes out again when its recipient has another certificate: whoever rotates keeps the key', async () => {
    const { id } = await send();
    const book = directory(bobRenewed);
    const plan = await planResend({ id }, box.sides.deps(alice, { book }));
    expect(plan).toMatchObject({ again: [{ recipient: 'bob' }], former: [BOB] });
    expect(await again({ id }, { book })).toMatchObject([{ peer: 'bob', state: 'sent' }]);
    const [first, second] = await box.sides.records(bob);
    expect(second).toMatchObject({ value: first?.value });
    expect((await box.sides.receive(bob)).summary).toMatchObject({ delivered: 1, duplicates: 1 });
  });

  it('goes out with the next flush when its recipient got another certificate while it waited', async () => {
    const { id } = await send();
    await again({ id }, { transport: away('msg.in.bob') });
    expect(await stateOf(id)).toEqual(['bob queued']);
    const events = await box.flush({ book: directory(bobRenewed) });
    expect(events).toMatchObject([{ kind: 'sent', id }]);
    expect(await box.sides.records(bob)).toHaveLength(2);
  });

  it('is left alone where it would have to be sealed anew and its author cannot open it', async () => {
    const { id } = await send();
    const replaced: readonly (readonly [Partial<MessagingDeps>, string])[] = [
      [{ book: directory(bobRenewed, REVOKED) }, 'sealed to a certificate of bob that was revoked'],
      [
        {
          book: directory(aliceRenewed),
          signingKey: () => Promise.resolve({ own: aliceRenewed, chain: aliceRenewed.chain }),
        },
        'your certificate that signed it',
      ],
    ];
    for (const [changes, why] of replaced) {
      const refused = again({ id }, changes);
      await expect(refused).rejects.toMatchObject({ code: 'not-resendable' });
      await expect(refused).rejects.toThrow(why);
    }
    expect(await stateOf(id)).toEqual(['bob sent']);
    expect(await box.sides.records(bob)).toHaveLength(1);
  });

  it('does not leave under a revoked certificate when it waited meanwhile', async () => {
    const { id } = await send();
    await again({ id }, { transport: away('msg.in.bob') });
    expect(await stateOf(id)).toEqual(['bob queued']);
    const events = await box.flush({ book: directory(bobRenewed, REVOKED) });
    expect(events).toMatchObject([{ kind: 'failed', id, error: { code: 'not-resendable' } }]);
    expect(await box.sides.records(bob)).toHaveLength(1);
    await expect(again({ id })).rejects.toThrow(`${id} was not sent to bob: it is failed`);
  });

  it('is sealed anew under its id while its author can open it, since another recipient waits', async () => {
    const { id } = await send(
      { to: [BOB, CAROL], queue: true },
      { transport: away('msg.in.carol') },
    );
    const plan = await planResend({ id }, box.sides.deps(alice, { book: directory(bobRenewed) }));
    expect(plan.again).toMatchObject([{ recipient: 'bob' }]);
    expect(plan.left).toMatchObject([{ recipient: 'carol', state: 'queued' }]);
    await again({ id }, { book: directory(bobRenewed) });
    expect(await stateOf(id)).toEqual(['bob sent', 'carol queued']);
    const anew = (await box.sides.records(bob)).at(-1)?.value;
    const opened = await open(anew ?? Buffer.alloc(0), [bobRenewed], LIMITS);
    expect(opened).toMatchObject({ header: { id } });
    await expect(again({ id, to: [parsePeerName('dave')] })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('is not sent again once it has expired', async () => {
    const { id } = await send({ expiresIn: 60_000 });
    box.sides.now += 60_000;
    const refused = again({ id });
    await expect(refused).rejects.toMatchObject({ code: 'not-resendable' });
    await expect(refused).rejects.toThrow('it expired at');
    expect(await box.sides.records(bob)).toHaveLength(1);
  });

  it('is published by the next flush when the broker cannot say whether it has it', async () => {
    const { id } = await send();
    const broken = instead(box.sides.log, {
      publish: () => Promise.reject(new Error('the connection broke')),
    });
    const [published] = await again({ id }, { transport: broken });
    expect(published).toMatchObject({ state: 'queued', failure: { outcome: 'unknown' } });
    expect(await box.flush()).toMatchObject([{ kind: 'sent', id }]);
    expect(await box.sides.records(bob)).toHaveLength(2);
  });
});

describe('a large payload', () => {
  it('goes out again in the very same records, and is delivered once', async () => {
    const { id } = await box.send();
    const before = await box.sides.records(bob);
    await again({ id });
    const after = (await box.sides.records(bob)).slice(before.length);
    expect(after[0]).toMatchObject({ value: before[0]?.value });
    expect(after).toHaveLength(before.length);
    await box.sides.receive(bob);
    expect(box.got(bob).equals(box.content)).toBe(true);
    const { summary } = await box.sides.receive(bob);
    expect(summary).toMatchObject({ delivered: 0 });
  });

  it('is refused with the reason when its file is gone, and nobody is told to drop what came', async () => {
    const { id } = await box.send();
    const records = (await box.sides.records(bob)).length;
    unlinkSync(box.path);
    const refused = again({ id });
    await expect(refused).rejects.toMatchObject({ code: 'not-resendable' });
    await expect(refused).rejects.toThrow('the payload is gone');
    expect(await box.sides.records(bob)).toHaveLength(records);
    expect(await stateOf(id)).toEqual(['bob sent']);
  });

  it('is refused once its recipient has confirmed it: nothing is kept to send it with', async () => {
    const { id } = await box.send({ payload: { stream: Readable.from([box.content]) } });
    await box.sides.receive(bob);
    await box.sides.receive(alice);
    await expect(again({ id })).rejects.toThrow('bob has confirmed that all of it came');
    expect(await stateOf(id)).toEqual(['bob sent']);
  });
});

/** The log without a leader for one topic. */
function away(topic: string): Transport {
  const { log } = box.sides;
  return instead(log, {
    publish: (to, partition, records) =>
      to === topic
        ? Promise.reject(new MsgError('broker-unreachable', `no leader for ${topic}`))
        : log.publish(to, partition, records),
  });
}
