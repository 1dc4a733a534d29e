import { beforeAll, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { serialiseHeader } from '../../src/envelope/header-json.js';
import { decryptEnvelope } from '../../src/envelope/open.js';
import { CONTENT_TYPE } from '../../src/envelope/oids.js';
import { forgeEnvelope, recipientInfoFor } from '../support/forged-envelope.js';
import { forgeSignedData, type SignatureForgery } from '../support/forged-signature.js';
import type { TestPeer } from '../support/pki.js';
import { headerFor, LIMITS } from '../support/sealed.js';
import { attackStage, freshId, posingAs, reasonsOf, sealNow } from './stage.js';
import { randomBytes } from 'node:crypto';

const stage = attackStage();
let alice: TestPeer;
let bob: TestPeer;
let mallory: TestPeer;
let carol: TestPeer;

beforeAll(async () => {
  mallory = await stage.enrol('mallory', 4);
  carol = await stage.enrol('carol', 5);
  [alice, bob] = [await stage.identity('alice'), await stage.identity('bob')];
}, 120_000);

/** What a recipient finds inside: the body that the sender signed. */
async function signedBodyOf(sealed: Uint8Array, recipient: TestPeer): Promise<Uint8Array> {
  return (await decryptEnvelope(sealed, [recipient], LIMITS)).content;
}

/** A signed body sealed anew, to whomever the one who seals likes. */
function resealed(body: Uint8Array, to: readonly TestPeer[]): Buffer {
  const contentKey = randomBytes(32);
  const recipientInfos = to.map((one) => recipientInfoFor(one, contentKey));
  return forgeEnvelope(bob, body, { contentKey, recipientInfos });
}

describe('a recipient who passes on what it was sent', () => {
  it('cannot make it a message to somebody else', async () => {
    const toMallory = await sealNow(alice, [mallory], 'I owe you 1000, mallory');
    const body = await signedBodyOf(toMallory, mallory);
    const heard = await stage.attack([{ value: resealed(body, [bob]) }]);
    expect(reasonsOf(heard)).toEqual(['not-addressed']);
  });

  it('cannot by adding itself, or somebody else, to make the numbers right', async () => {
    const toTwo = await sealNow(alice, [mallory, carol], 'to the two of you');
    const body = await signedBodyOf(toTwo, mallory);
    const heard = await stage.attack([
      { value: resealed(body, [bob, mallory]) },
      { value: resealed(body, [bob, carol]) },
    ]);
    expect(reasonsOf(heard)).toEqual(['not-addressed', 'not-addressed']);
  });

  it('cannot hide from bob that it has the message too', async () => {
    const toBoth = await sealNow(alice, [bob, mallory], 'to both of you');
    const body = await signedBodyOf(toBoth, mallory);
    const heard = await stage.attack([
      { value: resealed(body, [bob]) },
      { value: resealed(body, [bob, mallory, carol]) },
      { value: resealed(body, [bob, bob]) },
    ]);
    expect(reasonsOf(heard)).toEqual(['header-mismatch', 'header-mismatch', 'key-management']);
  });

  it('makes nothing twice by sealing it anew to those it was for', async () => {
    const toBoth = await sealNow(alice, [bob, mallory], 'to both, once');
    const body = await signedBodyOf(toBoth, mallory);
    await stage.inject({ value: toBoth });
    expect((await stage.bobListens()).delivered.map(({ text }) => text)).toEqual(['to both, once']);
    const heard = await stage.attack([
      { value: resealed(body, [mallory, bob]) },
      { value: resealed(body, [carol, bob]) },
    ]);
    expect([heard.duplicates, reasonsOf(heard)]).toEqual([2, []]);
  });
});

describe('a peer who lies about who it is', () => {
  it('cannot write in the name of another one with a certificate of the same authority', async () => {
    const value = await sealNow(posingAs('alice', mallory), [bob], 'from alice, honestly');
    const heard = await stage.attack([{ value, headers: { 'msg-from': 'alice' } }]);
    expect(reasonsOf(heard)).toEqual(['signer']);
    expect(heard.refused[0]).toMatchObject({ claimedSender: 'alice' });
  });

  it("cannot put another one's certificate beside its own signature", async () => {
    const header = serialiseHeader(truthful(posingAs('alice', mallory), 'from alice'));
    const forge = (forgery: SignatureForgery): Buffer =>
      forgeEnvelope(
        bob,
        forgeSignedData({ ...alice, key: mallory.key }, Buffer.from('from alice'), header, forgery),
      );
    const heard = await stage.attack([
      { value: forge({}) },
      { value: forge({ certificates: [alice.certificate.der, mallory.certificate.der] }) },
      { value: forge({ certificates: [mallory.certificate.der] }) },
    ]);
    expect(reasonsOf(heard)).toEqual(['signature', 'signer-certificate', 'signer-certificate']);
  });

  it('cannot name a peer that the directory does not know', async () => {
    const value = await sealNow(posingAs('mallory-the-second', mallory), [bob], 'hello');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['signer']);
  });

  it('cannot make bob take for his what names another peer with his certificate', async () => {
    const to = [{ peer: parsePeerName('carol'), cert: bob.certificate.fingerprint }];
    const value = await sealNow(mallory, [bob], 'to carol', { to });
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['not-addressed']);
  });
});

describe('a message that comes again', () => {
  it('is delivered once: at once, after a restart, and from another partition', async () => {
    const topic = 'bob.three.partitions';
    const value = await sealNow(mallory, [bob], 'pay 1000 to mallory');
    await stage.inject({ value, topic });
    const first = await stage.bobListens({ topic });
    expect(first.delivered.map(({ text }) => text)).toEqual(['pay 1000 to mallory']);
    await stage.inject({ value, topic }, { value, topic }, { value, topic, partition: 2 });
    const second = await stage.bobListens({ topic });
    expect([second.delivered, second.duplicates]).toEqual([[], 3]);
    const heard = await stage.attack([{ value }]);
    expect([heard.duplicates, reasonsOf(heard)]).toEqual([1, []]);
  });

  it('is delivered once, although months have passed', async () => {
    const [topic, days] = ['bob.for.years', 86_400_000];
    const value = await sealNow(mallory, [bob], 'only this once');
    await stage.inject({ value, topic });
    expect((await stage.bobListens({ topic })).delivered).toHaveLength(1);
    await stage.inject({ value, topic, appendedAt: Date.now() + 60 * days });
    const heard = await stage.bobListens({ topic, ahead: 61 * days });
    expect([heard.delivered, heard.duplicates]).toEqual([[], 1]);
  });
});

describe('a batch', () => {
  /** A batch as no msg would seal it. */
  function batch(text: string, items: readonly object[], changes: object = {}): Buffer {
    const header = { ...truthful(mallory, text), kind: 'batch', items, ...changes };
    const signed = forgeSignedData(mallory, Buffer.from(text), JSON.stringify(header), {});
    return forgeEnvelope(bob, signed);
  }

  it('that does not add up, or has an id twice, is refused as a whole', async () => {
    const [id, other] = [freshId(), freshId()];
    const item = { id, size: 3 };
    const heard = await stage.attack([
      { value: batch('123456', [item]) },
      { value: batch('123456', [item, { id: other, size: 9 }]) },
      { value: batch('123456', [item, item]) },
      { value: batch('123', [item], { id }) },
      { value: batch('123', [{ id, size: 3, name: '../etc/passwd' }]) },
      {
        value: batch(
          '',
          Array.from({ length: 1001 }, () => ({ id: freshId(), size: 0 })),
        ),
      },
    ]);
    expect(reasonsOf(heard)).toEqual(Array.from({ length: 6 }, () => 'header'));
  });

  it('makes nothing twice, and no other message of what was one', async () => {
    const [id, other] = [freshId(), freshId()];
    const first = batch('onetwo', [
      { id, size: 3 },
      { id: other, size: 3 },
    ]);
    await stage.inject({ value: first });
    expect((await stage.bobListens()).delivered.map(({ text }) => text)).toEqual(['one', 'two']);
    const heard = await stage.attack([
      { value: first },
      { value: batch('one', [{ id, size: 3 }]) },
      { value: batch('uno', [{ id, size: 3 }]) },
    ]);
    expect(reasonsOf(heard)).toEqual(['id-conflict']);
  });
});

describe('one id for two messages', () => {
  it('gives the first one alone to the application, whoever makes the second', async () => {
    const id = freshId();
    const one = await sealNow(mallory, [bob], 'the price is 10', { id });
    await stage.inject({ value: one });
    expect((await stage.bobListens()).delivered.map(({ text }) => text)).toEqual([
      'the price is 10',
    ]);
    const two = await sealNow(mallory, [bob], 'the price is 99', { id });
    const retyped = await sealNow(mallory, [bob], 'the price is 10', { id, type: 'order' });
    const heard = await stage.attack([{ value: two }, { value: retyped }]);
    expect(reasonsOf(heard)).toEqual(['id-conflict', 'id-conflict']);
  });

  it('does not let one peer take the id of another', async () => {
    const id = freshId();
    const value = await sealNow(mallory, [bob], "in the way of carol's", { id });
    const carols = await sealNow(carol, [bob], 'from carol', { id });
    await stage.inject({ value }, { value: carols });
    const heard = await stage.bobListens();
    expect(heard.delivered.map(({ from }) => from).sort()).toEqual(['carol', 'mallory']);
    expect(heard.refused).toEqual([]);
  });
});

describe('a message that does harm where it arrives', () => {
  it("holds up its own sender's messages only", async () => {
    const choking = await sealNow(mallory, [bob], 'choke on this');
    await stage.inject({ value: choking });
    await stage.attack([], { choking: 'mallory' });
    const heard = await stage.bobListens();
    expect(heard.delivered.map(({ text }) => text)).toEqual(['choke on this']);
  });

  it.each<[string, Partial<Header>]>([
    ['a path upwards', { name: '../../etc/passwd' }],
    ['a path of Windows', { name: 'c:\\autoexec.bat' }],
    ['a directory', { name: '..' }],
    ['a NUL in its name', { name: 'a\0.pdf' }],
    ['letters that run backwards', { name: 'invoice\u202efdp.exe' }],
    ["a terminal's commands", { type: '\u001b]0;owned\u0007' }],
    ['a second line for the log', { cid: 'x\nmsg: delivered' }],
  ])('is refused with its header: %s', async (_, fields) => {
    const header = JSON.stringify({ ...truthful(mallory, 'hello'), ...fields });
    const value = forgeEnvelope(bob, forgeSignedData(mallory, Buffer.from('hello'), header));
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['header']);
  });

  it('is not shown as it came, where its record says who it claims to be from', async () => {
    const headers = { 'msg-from': 'alice\u001b[2J', 'msg-id': 'x\ny'.padEnd(100_000, '!') };
    await stage.attack([{ value: Buffer.from('nothing'), headers }]);
    for (const form of [[], ['--json']]) {
      const shown = await stage.consortium.ok('bob', ['quarantine', 'list', ...form]);
      expect(shown).not.toContain('\u001b');
      expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(2_000);
    }
  });
});

describe('something else than a message', () => {
  const payload = Buffer.from('hello');
  const signed = (fields: Partial<Header>, forgery: SignatureForgery = {}): Buffer =>
    forgeEnvelope(
      bob,
      forgeSignedData(
        mallory,
        payload,
        JSON.stringify({ ...truthful(mallory, 'hello'), ...fields }),
        forgery,
      ),
    );

  it('is not delivered under another label', async () => {
    const heard = await stage.attack([
      // Signed as data, shown as a receipt, and the other way round.
      { value: signed({}, { contentType: CONTENT_TYPE.receipt, version: 3 }) },
      { value: signed({ kind: 'receipt', attests: 'received', replyTo: freshId() }) },
      // What only encrypted, or only signed, data would be.
      { value: forgeEnvelope(bob, payload) },
      { value: forgeSignedData(mallory, payload, serialiseHeader(truthful(mallory, 'hello'))) },
      { value: signed({}, { contentInfoType: CONTENT_TYPE.authEnvelopedData }) },
    ]);
    expect(reasonsOf(heard)).toEqual([
      'signed-attributes',
      'header-mismatch',
      'malformed',
      'content-type',
      'content-type',
    ]);
  });

  it('does not pass for a message of another size or version', async () => {
    const header = JSON.stringify({ ...truthful(mallory, 'hello'), v: 2 });
    const heard = await stage.attack([
      { value: signed({ size: 4 }) },
      { value: signed({}, { header }) },
      { value: signed({}, { header: header.replace('"v":2', '"v":1,"kind":"order"') }) },
    ]);
    expect(reasonsOf(heard)).toEqual(['header-mismatch', 'header', 'header']);
  });

  it('is not delivered before its time, or after it', async () => {
    const early = await sealNow(mallory, [bob], 'x', { sent: Date.now() + 6 * 60_000 });
    const late = await sealNow(mallory, [bob], 'x', { expires: Date.now() - 1 });
    const heard = await stage.attack([{ value: early }, { value: late }]);
    expect(reasonsOf(heard)).toEqual(['from-the-future', 'expired']);
  });
});

/** A header that says what is true of a text to bob. */
function truthful(from: TestPeer, text: string): Header {
  return headerFor(from, [bob], Buffer.from(text), { id: freshId(), sent: Date.now() });
}
