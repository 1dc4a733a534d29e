import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { integer, oid } from '../../src/asn1/writer.js';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import { ATTRIBUTE, CONTENT_TYPE } from '../../src/envelope/oids.js';
import { receiptFor } from '../../src/envelope/receipt-content.js';
import { writeAttribute } from '../../src/envelope/signed-attributes.js';
import type { Opened } from '../../src/envelope/types.js';
import { forgeEnvelope } from '../support/forged-envelope.js';
import { forgeSignedData } from '../support/forged-signature.js';
import { PEER_CHECKS } from '../../src/messaging/verify-peer.js';
import { judgeWith, recordOf, versionOf, pathThat } from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { receiptBy } from '../support/receipts.js';
import { MOMENT, sealFor } from '../support/sealed.js';
import { sideOf, type Side } from '../support/side.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let sender: Side;
let message: Opened;

beforeAll(async () => {
  [alice, bob, carol] = (await Promise.all(
    ['alice', 'bob', 'carol'].map((name) => makePeer(name)),
  )) as [TestPeer, TestPeer, TestPeer];
});
beforeEach(async () => {
  sender = sideOf(alice, [recordOf(alice), recordOf(bob), recordOf(carol)]);
  message = await sender.send([bob], 'hello');
});

/** Why alice refuses a record; undefined when she keeps it. */
async function refusalOf(sealed: Uint8Array, side = sender): Promise<string | undefined> {
  const { record, rejected } = await side.inspect(sealed);
  expect(rejected).toBeUndefined();
  return record.outcome === 'refused' ? record.refused.reason : undefined;
}

/** What a program makes that knows RFC 2634 and nothing of msg. */
function plainReceipt(by: TestPeer, of: Opened): Buffer {
  const { content, msgSigDigest } = receiptFor(of);
  const signed = forgeSignedData(by, content, '', {
    ...{ version: 3, contentType: CONTENT_TYPE.receipt },
    attributes: ({ messageDigest, signingCertificate }) => [
      ...[messageDigest, signingCertificate, msgSigDigest],
      writeAttribute(ATTRIBUTE.contentType, oid(CONTENT_TYPE.receipt)),
    ],
  });
  return forgeEnvelope(alice, signed);
}

describe('a receipt that arrives', () => {
  it.each(['received', 'processed'] as const)('is kept as what it says: %s', async (says) => {
    const { record } = await sender.inspect(await receiptBy(bob, alice, message, says));
    expect(await sender.keep(record)).toBe('receipt');
    expect(await sender.ledger.receipts.list({})).toMatchObject([
      { id: message.header.id, peer: 'bob', says, signer: bob.certificate.fingerprint },
    ]);
  });

  it('is kept with what the directory said of its signer, and what its path relied on', async () => {
    const root = bob.authority.root;
    const reliedOn = () => ({ path: [bob.certificate, root], crls: [Buffer.from('list')] });
    const path = () => pathThat({ passed: true, detail: 'to the root', reliedOn });
    const records = [recordOf(alice), recordOf(bob)];
    const side = sideOf(alice, records, { judge: judgeWith({ path }) });
    message = await side.send([bob], 'hello');
    const { record } = await side.inspect(await receiptBy(bob, alice, message));
    if (record.outcome !== 'receipt') expect.fail('it was refused');
    const { judgement, evidence } = record.receipt;
    expect(JSON.parse(judgement)).toMatchObject({
      ...{ at: new Date(MOMENT).toISOString(), peer: 'bob', version: 0, proof: '01' },
      fingerprint: fingerprintOf(bob.certificate.der),
      directory: { chainId: '1', seq: '7', block: '9' },
      checks: PEER_CHECKS.map((check) => ({ check })),
    });
    expect(evidence.map(({ kind }) => kind)).toEqual(['anchor', 'crl', 'own-anchor']);
    expect(evidence[0]?.content).toEqual(root.der);
  });

  it('may have been made by a program that knows RFC 2634 alone: then it says received', async () => {
    const both = await sender.send([carol, bob], 'hello');
    const { record } = await sender.inspect(plainReceipt(bob, both));
    expect(await sender.keep(record)).toBe('receipt');
    expect(await sender.ledger.receipts.list({})).toMatchObject([
      { id: both.header.id, peer: 'bob', says: 'received' },
    ]);
  });

  it('for a message that was not sent from here is refused', async () => {
    const other = sideOf(alice, []);
    const elsewhere = await other.send([bob], 'hello');
    expect(await refusalOf(await receiptBy(bob, alice, elsewhere))).toBe('receipt-unknown');
    expect(await refusalOf(plainReceipt(bob, elsewhere))).toBe('receipt-unknown');
  });

  it('from a peer that the message was never sent to is refused, whoever gave it the message', async () => {
    expect(await refusalOf(await receiptBy(carol, alice, message))).toBe('receipt-peer');
    expect(await refusalOf(plainReceipt(carol, message))).toBe('receipt-peer');
  });

  it('by a certificate of the same authority that the directory does not hold is refused', async () => {
    const impostor = await makePeer('bob');
    expect(await refusalOf(await receiptBy(impostor, alice, message))).toBe('signer');
    expect(await refusalOf(plainReceipt(impostor, message))).toBe('receipt-peer');
  });

  it('is judged as a message is: a revoked certificate signs nothing', async () => {
    const revoked = versionOf(bob, { revoked: { reason: 1, at: MOMENT - 1 } });
    const records = [recordOf(alice), recordOf(bob, { certificates: [revoked] })];
    const side = sideOf(alice, records);
    message = await side.send([bob], 'hello');
    expect(await refusalOf(await receiptBy(bob, alice, message), side)).toBe('sender-version');
    expect(await refusalOf(plainReceipt(bob, message), side)).toBe('sender-version');
  });

  it('that does not fit the message is refused', async () => {
    const forged = new Map(message.attributes);
    const other = await sender.send([bob], 'other');
    const mixed = { ...message, attributes: forged, signedAttributes: other.signedAttributes };
    expect(await refusalOf(await receiptBy(bob, alice, mixed))).toBe('receipt-mismatch');
    const misnamed = { ...message, header: { ...message.header, id: other.header.id } };
    expect(await refusalOf(await receiptBy(bob, alice, misnamed))).toBe('receipt-mismatch');
  });

  it('with bytes that are no receipt is refused as what it is', async () => {
    const content = integer(1);
    const { msgSigDigest } = receiptFor(message);
    const fields = { kind: 'receipt', attests: 'received', replyTo: message.header.id } as const;
    const sealed = await sealFor(bob, [alice], content, { fields, attributes: [msgSigDigest] });
    expect(await refusalOf(sealed)).toBe('receipt');
  });
});

describe('a rejection that arrives', () => {
  const rejectionBy = (
    peer: TestPeer,
    changes: { readonly about?: object; readonly payload?: string } = {},
  ): Promise<Uint8Array> => {
    const { id } = message.header;
    const about = { id, digest: digest(), reason: 'expired', detail: 'too late', ...changes.about };
    const payload = Buffer.from(changes.payload ?? JSON.stringify(about));
    return sealFor(peer, [alice], payload, { fields: { kind: 'rejected', replyTo: id } });
  };
  let known: string;
  const digest = (): string => known;

  beforeEach(async () => {
    const [original] = await sender.ledger.receipts.originals(message.header.id);
    known = original?.digest ?? '';
  });

  it('is kept with its reason', async () => {
    const { record } = await sender.inspect(await rejectionBy(bob));
    expect(await sender.keep(record)).toBe('receipt');
    expect(await sender.ledger.receipts.list({})).toMatchObject([
      {
        id: message.header.id,
        peer: 'bob',
        says: 'rejected',
        reason: 'expired',
        detail: 'too late',
      },
    ]);
  });

  it('is refused from a peer that the message was never sent to', async () => {
    expect(await refusalOf(await rejectionBy(carol))).toBe('receipt-peer');
  });

  it('is refused when it is about other content under the same id, or about another message', async () => {
    const other = { digest: '00'.repeat(32) };
    expect(await refusalOf(await rejectionBy(bob, { about: other }))).toBe('receipt-unknown');
    const { id } = (await sender.send([bob], 'other')).header;
    expect(await refusalOf(await rejectionBy(bob, { about: { id } }))).toBe('receipt-mismatch');
  });

  it.each(['', '[]', 'null', '{}', '{"id":1}', '{"reason":"NOT A NAME"}'])(
    'is refused when it says nothing: %j',
    async (payload) => {
      expect(await refusalOf(await rejectionBy(bob, { payload }))).toBe('receipt-mismatch');
    },
  );

  it('never has a receipt made of it, and a receipt neither', async () => {
    for (const sealed of [await rejectionBy(bob), await receiptBy(bob, alice, message)]) {
      const { record } = await sender.inspect(sealed);
      await sender.keep(record);
    }
    expect(await sender.ledger.answers.list({})).toEqual([]);
    const out = await sender.ledger.history.list({ direction: 'out', answers: true });
    expect(out).toMatchObject([{ id: message.header.id }]);
  });
});
