import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { openLedger } from '../../src/ledger/open.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { SignerUnjudged, waitingRecord } from '../../src/messaging/unjudged.js';
import type { CertificateJudge } from '../../src/messaging/verify-peer.js';
import { refused as refusedRecord } from '../ledger/records.js';
import { LargeInbox, makeLargePeers, type LargePeers } from '../support/large-inbox.js';
import { judgeWith, recordOf, ScriptedBook, pathThat } from '../support/messaging.js';
import { MOMENT, sealFor } from '../support/sealed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { record, transferOf } from '../support/transfer.js';

let peers: LargePeers;
let inbox: LargeInbox;

beforeAll(async () => {
  peers = await makeLargePeers();
});
beforeEach(async () => {
  inbox = await LargeInbox.open(peers);
});

const AWAY = 'chain-unreachable';

/** Bob knows Alice alone, and the chain does not answer. */
function bookWithoutChain(): ScriptedBook {
  const book = ScriptedBook.of(recordOf(peers.alice));
  book.lookSince = (moment) => {
    book.looks.push(moment);
    return Promise.reject(new MsgError(AWAY, 'no answer'));
  };
  return book;
}

/** Nobody can tell whether Alice's certificate was revoked. */
function judgeWithoutLists(): CertificateJudge {
  const unclear = { passed: false, detail: 'no list', transient: true } as const;
  const fine = { passed: true, detail: 'fine' };
  return judgeWith({
    path: ({ certificate: { fingerprint } }) =>
      pathThat(fingerprint === peers.alice.certificate.fingerprint ? unclear : fine),
  });
}

async function send(...texts: string[]): Promise<void> {
  for (const text of texts) {
    const from = text.startsWith('carol') ? peers.carol : peers.alice;
    await inbox.publish(await inbox.small(from, text));
  }
}

/** What was delivered, in its order; and what keeps the rest, where something does. */
async function received(
  changes: Partial<MessagingDeps> = {},
): Promise<{ readonly texts: readonly string[]; readonly error: unknown }> {
  const texts: string[] = [];
  const outcome = await inbox
    .receive(changes, (name) => texts.push(name))
    .catch((error: unknown) => error);
  return { texts, error: outcome instanceof MsgError ? outcome.code : undefined };
}

describe('a record whose signer cannot be judged now', () => {
  it('holds up nobody else, is kept, and is delivered once its signer can be judged', async () => {
    await send('carol one', 'alice one', 'carol two', 'alice two');
    const away = await received({ book: bookWithoutChain() });
    expect(away).toEqual({ texts: ['alice one', 'alice two'], error: AWAY });
    expect(await inbox.reasons()).toEqual(['unjudged', 'unjudged']);
    expect(await received()).toEqual({ texts: ['carol one', 'carol two'], error: undefined });
    expect(await inbox.reasons()).toEqual([]);
    expect(await received()).toEqual({ texts: [], error: undefined });
  });

  it('is not read from the log again', async () => {
    await send('carol one');
    await received({ book: bookWithoutChain() });
    const { clusterId, topic, topicId, partition } = (await inbox.ledger.quarantine.list({}))[0]
      ?.source ?? { clusterId: '', topic: '', topicId: undefined, partition: 0 };
    const at = { clusterId, topic, topicId, partition };
    expect(await inbox.ledger.inbox.position(at)).toBe(1n);
  });

  it('lets what its signer sent later wait behind it, and nobody else', async () => {
    await send('alice one', 'carol one');
    const first = await received({ judge: judgeWithoutLists() });
    expect(first).toEqual({ texts: ['carol one'], error: 'revocation-unknown' });
    await send('alice two');
    expect(await received()).toEqual({ texts: ['alice one', 'alice two'], error: undefined });
  });

  it('does not stand in the way of the one whose name it uses', async () => {
    const fields = { from: parsePeerName('alice'), name: 'forged' };
    const forged = await sealFor(peers.carol, [peers.bob], Buffer.from('x'), { fields });
    await inbox.publish(record(peers.alice, forged));
    await send('alice one');
    const { texts, error } = await received({ book: bookWithoutChain() });
    expect({ texts, error }).toEqual({ texts: ['alice one'], error: AWAY });
    expect(await received()).toMatchObject({ texts: [] });
    expect(await inbox.reasons()).toEqual(['signer']);
  });

  it('is kept before a payload in chunks of its signer waits behind it, which then comes whole', async () => {
    await send('alice one');
    const payload = randomBytes(9000);
    const fields = { name: 'alice large' };
    const transfer = await transferOf(peers.alice, peers.bob, payload, { fields });
    await inbox.publish(transfer.announcement, ...transfer.chunks);
    let judgements = 0;
    const judge = judgeWith({
      path: () =>
        pathThat(
          ++judgements > 2
            ? { passed: true, detail: 'fine' }
            : { passed: false, detail: 'no list', transient: true },
        ),
    });
    const run = await received({ judge, clock: () => (inbox.now += 1_000) });
    expect(run).toEqual({ texts: ['alice one', 'alice large'], error: undefined });
    expect(inbox.has(payload)).toBe(true);
  });

  it('has the chain asked once, and not for each of a flood', async () => {
    await send(...Array.from({ length: 12 }, (_, index) => `carol ${index}`), 'alice one');
    const book = bookWithoutChain();
    expect(await received({ book })).toMatchObject({ texts: ['alice one'] });
    expect(book.looks.length).toBeLessThan(5);
  });
});

function sourceOfTest() {
  const { refused } = refusedRecord(1) as { refused: { source: object } };
  return refused.source as Parameters<typeof waitingRecord>[0]['source'];
}

describe('when too much waits already', () => {
  const unjudged = (isKnown: boolean): SignerUnjudged =>
    new SignerUnjudged(new MsgError(AWAY, 'no answer'), {
      ...{ lane: 'carol 00', kind: 'message', isKnown, isBehind: false },
    });
  const one = () => ({
    ...{ source: sourceOfTest(), sealed: Buffer.from('x') },
    ...{ claimedSender: 'carol', claimedId: undefined },
  });

  it('a record of a signer whom nobody knows is refused, and of a known one it waits in the log', () => {
    const refused = waitingRecord(one(), unjudged(false), false);
    expect(refused).toMatchObject({ reason: 'unjudged-limit' });
    expect(refused?.lane).toBeUndefined();
    expect(waitingRecord(one(), unjudged(true), false)).toBeUndefined();
  });

  it('or not: the manifest of a known signer waits in the log, where its chunks are', () => {
    const about = { lane: 'alice 00', kind: 'manifest', isBehind: false } as const;
    const error = new MsgError(AWAY, 'no answer');
    const known = new SignerUnjudged(error, { ...about, isKnown: true });
    const unknown = new SignerUnjudged(error, { ...about, isKnown: false });
    expect(waitingRecord(one(), known, true)).toBeUndefined();
    expect(waitingRecord(one(), unknown, true)).toMatchObject({ lane: 'alice 00' });
  });

  it('is when the bytes of what nobody verified fill their pool', async () => {
    const path = join(temporaryDirectory(), 'ledger.db');
    const options = { path, clock: () => MOMENT, random: randomBytes, quarantinePool: 100 };
    const ledger = openLedger(options);
    onTestFinished(() => ledger.close());
    expect(await ledger.quarantine.hasRoomFor(100)).toBe(true);
    await ledger.inbox.receive([refusedRecord(1)], undefined);
    expect(await ledger.quarantine.hasRoomFor(100)).toBe(false);
    expect(await ledger.quarantine.hasRoomFor(10)).toBe(true);
  });
});
