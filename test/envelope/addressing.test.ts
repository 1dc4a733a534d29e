import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { serialiseHeader } from '../../src/envelope/header-json.js';
import { open } from '../../src/envelope/open.js';
import { seal } from '../../src/envelope/seal.js';
import { forgeEnvelope, keyAgreement } from '../support/forged-envelope.js';
import { forgeSignedData } from '../support/forged-signature.js';
import { makeForgers, PAYLOAD, type Forgers } from '../support/forgers.js';
import { messageWithRequest, receiptBy } from '../support/receipts.js';
import { refusalOf } from '../support/refusal.js';
import { headerFor, LIMITS, sealFor } from '../support/sealed.js';

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('the signed header and the envelope around it', () => {
  it('disagree when a recipient seals what was signed for him to somebody else', async () => {
    const { signedData } = await open(await sealFor(f.acme, [f.bolt], PAYLOAD), [f.bolt], LIMITS);
    const forwarded = forgeEnvelope(f.corp, signedData);
    const refusal = await refusalOf(forwarded, [f.corp]);
    expect(refusal.reason).toBe('not-addressed');
  });

  it('disagree when the header names the peer, but with another of his certificates', async () => {
    const { authority, key } = f.bolt;
    const certificate = await authority.issue({ subject: 'CN=bolt,O=Test', spki: key.spki });
    const former = { ...f.bolt, certificate };
    const header = serialiseHeader(headerFor(f.acme, [former], PAYLOAD));
    const sealed = forgeEnvelope(f.bolt, forgeSignedData(f.acme, PAYLOAD, header));
    expect((await refusalOf(sealed, [f.bolt])).reason).toBe('not-addressed');
  });

  it('disagree when the envelope lost one of the recipients', async () => {
    const header = serialiseHeader(headerFor(f.acme, [f.bolt, f.corp], PAYLOAD));
    const sealed = forgeEnvelope(f.bolt, forgeSignedData(f.acme, PAYLOAD, header));
    const refusal = await refusalOf(sealed, [f.bolt]);
    expect(refusal.message).toMatch(/names 2 recipients, the envelope has 1/);
  });

  it('disagree when the envelope gained one', async () => {
    const contentKey = randomBytes(32);
    const header = serialiseHeader(headerFor(f.acme, [f.bolt], PAYLOAD));
    const sealed = forgeEnvelope(f.bolt, forgeSignedData(f.acme, PAYLOAD, header), {
      contentKey,
      recipientInfos: [keyAgreement(f.bolt, contentKey), keyAgreement(f.corp, contentKey)],
    });
    expect((await refusalOf(sealed, [f.bolt])).reason).toBe('header-mismatch');
  });

  it('disagree when the header says another size', async () => {
    const header = serialiseHeader(headerFor(f.acme, [f.bolt], PAYLOAD, { size: 4 }));
    const sealed = forgeEnvelope(f.bolt, forgeSignedData(f.acme, PAYLOAD, header));
    expect((await refusalOf(sealed, [f.bolt])).message).toMatch(/says 4 bytes, the payload has 5/);
  });

  it('may differ in size when the payload is compressed, for the header gives the size before', async () => {
    const fields = { encoding: 'gzip', size: 400 } as const;
    const sealed = await sealFor(f.acme, [f.bolt], PAYLOAD, { fields });
    expect((await open(sealed, [f.bolt], LIMITS)).header.size).toBe(400);
  });

  it('disagree when a receipt comes as plain data', async () => {
    const { id: replyTo } = headerFor(f.bolt, [f.acme], PAYLOAD);
    const fields = { kind: 'receipt', attests: 'received', replyTo } as const;
    const header = serialiseHeader(headerFor(f.acme, [f.bolt], PAYLOAD, fields));
    const sealed = forgeEnvelope(f.bolt, forgeSignedData(f.acme, PAYLOAD, header));
    expect((await refusalOf(sealed, [f.bolt])).message).toMatch(/a receipt does not have/);
  });

  it('agree on a receipt, which is SignedData of version 3 with a content type of its own', async () => {
    const message = await messageWithRequest(f.acme, f.bolt);
    const sealed = await receiptBy(f.bolt, f.acme, message);
    expect((await open(sealed, [f.acme], LIMITS)).header.kind).toBe('receipt');
  });

  it('are refused for a broken header, however well it is signed', async () => {
    const sealed = f.signedWith({ header: '{"v":2}' });
    const refusal = await refusalOf(sealed, [f.bolt]);
    expect([refusal.reason, refusal.message]).toEqual([
      'header',
      'the signed header is refused: v is not 1, the only version this program knows',
    ]);
  });
});

describe('content that could be mistaken for signed attributes', () => {
  it('is refused, although its signature is right', async () => {
    const { signedAttributes } = await open(
      await sealFor(f.acme, [f.bolt], PAYLOAD),
      [f.bolt],
      LIMITS,
    );
    const header = serialiseHeader(headerFor(f.acme, [f.bolt], signedAttributes));
    const content = forgeSignedData(f.acme, signedAttributes, header);
    expect((await refusalOf(forgeEnvelope(f.bolt, content), [f.bolt])).reason).toBe('content');
  });

  it('is not what merely begins like it', async () => {
    for (const payload of ['1', '10', '1\0', '12345']) {
      const sealed = await sealFor(f.acme, [f.bolt], Buffer.from(payload));
      expect(Buffer.from((await open(sealed, [f.bolt], LIMITS)).payload).toString()).toBe(payload);
    }
  });

  it('cannot be had by showing signed attributes as content that was signed without any', async () => {
    const { signedAttributes, signature } = await open(
      await sealFor(f.acme, [f.bolt], PAYLOAD),
      [f.bolt],
      LIMITS,
    );
    const header = serialiseHeader(headerFor(f.acme, [f.bolt], signedAttributes));
    const content = forgeSignedData(f.acme, signedAttributes, header, {
      shownAttributes: () => Buffer.alloc(0),
      signature: () => signature,
    });
    const refusal = await refusalOf(forgeEnvelope(f.bolt, content), [f.bolt]);
    expect(refusal.message).toBe('the signature covers no signed attributes');
  });
});

describe('the random source', () => {
  it('decides the content key and the nonce, and is asked for nothing else', async () => {
    const asked: number[] = [];
    const header = headerFor(f.acme, [f.bolt], PAYLOAD);
    await seal(
      { header, payload: PAYLOAD, signer: f.acme, recipients: [f.bolt], signingTime: 0 },
      (length) => {
        asked.push(length);
        return randomBytes(length);
      },
    );
    expect(asked).toEqual([44]);
  });
});
