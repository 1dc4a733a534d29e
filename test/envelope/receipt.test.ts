import fc from 'fast-check';
import { hash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { Asn1Error } from '../../src/asn1/reader.js';
import { integer, octetString, oid, sequence } from '../../src/asn1/writer.js';
import { parseHeader, serialiseHeader } from '../../src/envelope/header-json.js';
import { ATTRIBUTE, CONTENT_TYPE } from '../../src/envelope/oids.js';
import { open } from '../../src/envelope/open.js';
import { checkReceipt, readOriginal } from '../../src/envelope/original.js';
import { receiptFor } from '../../src/envelope/receipt-content.js';
import { requestedIdentifier } from '../../src/envelope/receipt-request.js';
import { EnvelopeRefused } from '../../src/envelope/refused.js';
import { writeAttribute } from '../../src/envelope/signed-attributes.js';
import { readSignedMessage } from '../../src/envelope/signed-message.js';
import type { Opened } from '../../src/envelope/types.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { forgeEnvelope } from '../support/forged-envelope.js';
import { forgeSignedData, type SignatureForgery } from '../support/forged-signature.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { messageWithRequest, originalOf, receiptBy, RECEIPT_TYPE } from '../support/receipts.js';
import { expectRefusal } from '../support/refusal.js';
import { headerFor, LIMITS, sealFor } from '../support/sealed.js';

let alice: TestPeer;
let bob: TestPeer;
let message: Opened;
let original: Buffer;
let receipt: Opened;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob', 'rsa')]);
  message = await messageWithRequest(alice, bob);
  original = originalOf(message);
  receipt = await open(await receiptBy(bob, alice, message, 'processed'), [alice], LIMITS);
});

/** Everything that a sender checks of a receipt's bytes against what it has kept. */
function accept(signedData: Uint8Array, kept: Uint8Array): void {
  const read = readSignedMessage(signedData);
  if (read.receipt === undefined) throw new EnvelopeRefused('receipt', 'it is no receipt');
  checkReceipt(read.receipt, readOriginal(kept));
}

/** Whether it is refused as whatever comes from outside is, and by no mistake of the program. */
function isRefused(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    const isUnderstood =
      error instanceof EnvelopeRefused ||
      error instanceof Asn1Error ||
      error instanceof CertificateError;
    if (!isUnderstood) throw error;
    return true;
  }
}

describe('a signed receipt', () => {
  it('says what it attests, of which message, and fits what the sender kept', () => {
    expect(receipt.header).toMatchObject({
      ...{ kind: 'receipt', attests: 'processed', replyTo: message.header.id },
    });
    accept(receipt.signedData, original);
  });

  it('does not fit another message, nor the same one signed again', async () => {
    const again = await sealFor(alice, [bob], message.payload, {
      header: message.header,
    });
    for (const sealed of [again, await sealFor(alice, [bob], Buffer.from('other'))]) {
      const { signedData } = await open(sealed, [bob], LIMITS);
      expect(
        isRefused(() => {
          accept(receipt.signedData, originalOf({ signedData }));
        }),
      ).toBe(true);
    }
  });

  it('is not made for a message that asks for none', async () => {
    const plain = await open(await sealFor(alice, [bob], Buffer.from('x')), [bob], LIMITS);
    expect(requestedIdentifier(plain.attributes)).toBeUndefined();
    expect(() => receiptFor(plain)).toThrow('the message asks for none');
  });

  it('is no receipt any more with any byte changed', () => {
    const { signedData } = receipt;
    for (const flip of [0x01, 0x80, 0x20, 0xff]) {
      for (let at = 0; at < signedData.length; at++) {
        const changed = Buffer.from(signedData);
        changed[at] = (changed[at] ?? 0) ^ flip;
        if (
          !isRefused(() => {
            accept(changed, original);
          })
        )
          expect.fail(`byte ${at} ^ ${flip} does not matter`);
      }
    }
  });

  it('is worth nothing beside an original with any byte changed', () => {
    for (const flip of [0x01, 0x80, 0x20, 0xff]) {
      for (let at = 0; at < original.length; at++) {
        const changed = Buffer.from(original);
        changed[at] = (changed[at] ?? 0) ^ flip;
        if (
          !isRefused(() => {
            accept(receipt.signedData, changed);
          })
        )
          expect.fail(`byte ${at} ^ ${flip} does not matter`);
      }
    }
  });

  it('is refused cut off anywhere, or with other bytes spliced in', () => {
    const { signedData } = receipt;
    for (let length = 0; length < signedData.length; length++) {
      expect(
        isRefused(() => {
          accept(signedData.subarray(0, length), original);
        }),
      ).toBe(true);
    }
    const splice = fc.record({
      at: fc.nat({ max: signedData.length - 1 }),
      removed: fc.nat({ max: 40 }),
      added: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(splice, ({ at, removed, added }) => {
        const end = signedData.subarray(at + removed);
        const changed = Buffer.concat([signedData.subarray(0, at), added, end]);
        fc.pre(!changed.equals(signedData));
        return isRefused(() => {
          accept(changed, original);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('a forged receipt is refused:', () => {
  interface Forgery extends SignatureForgery {
    readonly receiptVersion?: number;
    readonly contentType?: string;
    readonly identifier?: Uint8Array;
    readonly originatorSignature?: Uint8Array;
    readonly msgSigDigest?: Buffer;
    readonly more?: Buffer;
  }

  /** By bob, of alice's message: right where nothing else is said. */
  function forge(forgery: Forgery = {}): Buffer {
    const content = sequence(
      integer(forgery.receiptVersion ?? 1),
      oid(forgery.contentType ?? CONTENT_TYPE.data),
      octetString(forgery.identifier ?? requestedIdentifier(message.attributes) ?? Buffer.of()),
      octetString(forgery.originatorSignature ?? message.signature),
      forgery.more ?? Buffer.of(),
    );
    const digest = octetString(hash(message.hash, message.signedAttributes, 'buffer'));
    const header = headerFor(bob, [alice], content, {
      ...{ kind: 'receipt', contentType: RECEIPT_TYPE, attests: 'received' },
      replyTo: message.header.id,
    });
    return forgeSignedData(bob, content, serialiseHeader(header), {
      version: 3,
      contentType: CONTENT_TYPE.receipt,
      attributes: (right) => [
        ...Object.values({
          ...right,
          contentType: writeAttribute(ATTRIBUTE.contentType, oid(CONTENT_TYPE.receipt)),
        }),
        forgery.msgSigDigest ?? writeAttribute(ATTRIBUTE.msgSigDigest, digest),
      ],
      ...(forgery.version === undefined ? {} : { version: forgery.version }),
    });
  }

  it('(the forger’s tools make one that is accepted)', () => {
    accept(forge(), original);
  });

  const refused: readonly [string, () => Forgery, RegExp][] = [
    ['version 2', () => ({ receiptVersion: 2 }), /version 2/],
    ['a SignedData of version 1', () => ({ version: 1 }), /version 1 of SignedData/],
    ['more than RFC 2634 knows', () => ({ more: integer(1) }), /after the last element/],
    [
      'another content type',
      () => ({ contentType: CONTENT_TYPE.signedData }),
      /of the type signedData/,
    ],
    ['another identifier', () => ({ identifier: Buffer.alloc(16) }), /about the content 0000/],
    ['another signature', () => ({ originatorSignature: Buffer.alloc(70) }), /another signature/],
    [
      'no msgSigDigest',
      () => ({ msgSigDigest: writeAttribute('2a03', integer(1)) }),
      /msgSigDigest is missing/,
    ],
    [
      'another msgSigDigest',
      () => ({
        msgSigDigest: writeAttribute(ATTRIBUTE.msgSigDigest, octetString(Buffer.alloc(32))),
      }),
      /msgSigDigest is not that of the message/,
    ],
    [
      'a msgSigDigest that is none',
      () => ({ msgSigDigest: writeAttribute(ATTRIBUTE.msgSigDigest, integer(1)) }),
      /malformed/,
    ],
  ];

  it.each(refused)('%s', (_name, forgery, words) => {
    expect(() => {
      accept(forge(forgery()), original);
    }).toThrow(words);
  });

  it('in an envelope just the same', () =>
    expectRefusal(forgeEnvelope(alice, forge({ receiptVersion: 2 })), [alice], {
      ...{ reason: 'receipt', message: /version 2/ },
    }));
});

describe('a header of an answer', () => {
  const other = '0192d3a1-7c4e-7b1a-8f00-1234567890ac';
  const refused: readonly [string, object, RegExp][] = [
    ['a receipt of nothing', { kind: 'receipt', replyTo: other }, /a receipt of nothing/],
    [
      'a receipt of no message',
      { kind: 'receipt', attests: 'received' },
      /a receipt without replyTo/,
    ],
    [
      'a receipt that wants one',
      { kind: 'receipt', attests: 'received', replyTo: other, receipt: ['received'] },
      /a receipt asks for a receipt/,
    ],
    [
      'a rejection that wants a receipt',
      { kind: 'rejected', replyTo: other, receipt: ['received'] },
      /a rejected asks for a receipt/,
    ],
    ['a rejection of no message', { kind: 'rejected' }, /a rejected without replyTo/],
    ['a message that attests', { attests: 'received' }, /a message attests nothing/],
    [
      'an unheard-of attestation',
      { kind: 'receipt', attests: 'read', replyTo: other },
      /attests is not one of received, processed/,
    ],
  ];

  it.each(refused)('cannot be that of %s', (_name, fields, words) => {
    const header = { ...headerFor(bob, [alice], Buffer.of()), ...fields };
    expect(() => parseHeader(JSON.stringify(header))).toThrow(words);
  });

  it('says what it attests before its items, in the canonical form', () => {
    const { header } = receipt;
    expect(Object.keys(JSON.parse(serialiseHeader(header)) as object)).toEqual([
      ...['v', 'id', 'kind', 'from', 'to', 'sent', 'contentType', 'size', 'replyTo', 'attests'],
    ]);
  });
});

describe('a header that asks for receipts', () => {
  const asking = (fields: object) =>
    serialiseHeader({ ...headerFor(alice, [bob], Buffer.from('hello')), ...fields });

  it('needs a signature that asks for the same', async () => {
    const signed = forgeSignedData(alice, Buffer.from('hello'), asking({ receipt: ['received'] }));
    await expectRefusal(forgeEnvelope(bob, signed), [bob], {
      ...{ reason: 'header-mismatch', message: /asks for a receipt, the signature does not/ },
    });
  });

  it('needs one that identifies the message by its id', async () => {
    const request = sequence(octetString(Buffer.alloc(16)), integer(0), sequence());
    const signed = forgeSignedData(alice, Buffer.from('hello'), asking({ receipt: ['received'] }), {
      attributes: (right) => [
        ...Object.values(right),
        writeAttribute(ATTRIBUTE.receiptRequest, request),
      ],
    });
    await expectRefusal(forgeEnvelope(bob, signed), [bob], {
      ...{ reason: 'header-mismatch', message: /identifies other content/ },
    });
  });
});
