import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/domain/message-id.js';
import { cutItem, cutItems } from '../../src/envelope/batch.js';
import type { Header, HeaderItem } from '../../src/envelope/header.js';
import { decodeHeader, MAX_ITEMS, parseHeader } from '../../src/envelope/header-json.js';
import { open } from '../../src/envelope/open.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { headerFor, LIMITS, MOMENT, sealFor } from '../support/sealed.js';

let alice: TestPeer;
let bob: TestPeer;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});

function itemOf(size: number, fields: Partial<HeaderItem> = {}): HeaderItem {
  return { id: newMessageId(() => MOMENT, randomBytes), size, ...fields };
}

/** A batch's header around these items, with what a test decides. */
function batchOf(items: readonly HeaderItem[], fields: Partial<Header> = {}): Header {
  const size = items.reduce((sum, item) => sum + item.size, 0);
  return headerFor(alice, [bob], Buffer.alloc(size), { kind: 'batch', items, ...fields });
}

describe('the messages of a batch', () => {
  it('come out as they went in, whatever their number and sizes', async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 64 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(contents, async (parts) => {
        const items = parts.map(({ length }) => itemOf(length));
        const payload = Buffer.concat(parts);
        const fields = { kind: 'batch', items } as const;
        const { header, payload: got } = await open(
          await sealFor(alice, [bob], payload, { fields }),
          ...([[bob], LIMITS] as const),
        );
        const cut = cutItems(header, got);
        expect(cut.map((one) => Buffer.from(one.payload))).toEqual(
          parts.map((p) => Buffer.from(p)),
        );
        expect(cut.map((one) => one.header.id)).toEqual(items.map(({ id }) => id));
        for (const [place, { payload: alone }] of cut.entries()) {
          expect(cutItem(header, got, place)).toEqual(alone);
        }
        expect(cutItem(header, got, parts.length)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('have what they do not say themselves from their batch', () => {
    const own = itemOf(1, { type: 'own', cid: 'mine', name: 'a.txt', contentType: 'text/plain' });
    const bare = itemOf(0);
    const fields = { type: 'order', expires: MOMENT + 1, receipt: ['received'] } as const;
    const [first, second] = cutItems(batchOf([own, bare], fields), Buffer.from('x'));
    expect(first?.header).toMatchObject({
      ...{ v: 1, id: own.id, kind: 'message', from: 'alice', sent: MOMENT, expires: MOMENT + 1 },
      ...{ type: 'own', cid: 'mine', name: 'a.txt', contentType: 'text/plain', size: 1 },
    });
    expect(second?.header).toMatchObject({
      ...{ type: 'order', cid: bare.id, contentType: 'application/octet-stream', size: 0 },
    });
    expect(second?.header).not.toHaveProperty('receipt');
    expect(parseHeader(JSON.stringify(first?.header))).toEqual(first?.header);
  });
});

describe('a header is refused', () => {
  const twice = itemOf(1);
  const refusals: readonly [string, () => Header, RegExp][] = [
    [
      'whose items make up less than the payload',
      () => batchOf([itemOf(1)], { size: 2 }),
      /items of 1 bytes in a batch of 2/,
    ],
    [
      'whose items make up more than the payload',
      () => batchOf([itemOf(3)], { size: 2 }),
      /items of 3 bytes in a batch of 2/,
    ],
    ['with two items of one id', () => batchOf([twice, twice]), /names something twice/],
    [
      'with an item that has the id of the batch',
      () => batchOf([twice], { id: twice.id }),
      /has the id of its batch/,
    ],
    [
      'with too many items',
      () => batchOf(Array.from({ length: MAX_ITEMS + 1 }, () => itemOf(0))),
      /too many|more than/,
    ],
    [
      'with an item of less than nothing',
      () => batchOf([itemOf(-1), itemOf(1)]),
      /size is not a whole number/,
    ],
    [
      'of a message with exceptions',
      () => headerFor(alice, [bob], Buffer.of(), { except: [{ at: 0, reason: 'expired' }] }),
      /excepts nothing/,
    ],
  ];
  it.each(refusals)('%s', (_what, header, why) => {
    expect(() => decodeHeader(Buffer.from(JSON.stringify(header())))).toThrow(why);
  });

  it('when sealed, as it would be when it is read', async () => {
    const fields = { kind: 'batch', items: [twice, twice], size: 2 } as const;
    const sealing = sealFor(alice, [bob], Buffer.from('xy'), { fields });
    await expect(sealing).rejects.toThrow(/names something twice/);
  });
});
