import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { open } from '../../src/envelope/open.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { refusalOf } from '../support/refusal.js';
import { LIMITS, sealFor } from '../support/sealed.js';

const KINDS = ['p256', 'rsa'] as const;
/** One bit low, one high, the one that makes an element constructed, and all of them. */
const FLIPS = { p256: [0x01, 0x80, 0x20, 0xff], rsa: [0x01] } as const;

describe.each(KINDS)('a message to %s, changed on the way,', (kind) => {
  let to: TestPeer;
  let sealed: Uint8Array;

  beforeAll(async () => {
    const from = await makePeer('acme', 'p256');
    to = await makePeer('bolt', kind);
    sealed = await sealFor(from, [to], Buffer.from('hello'));
  });

  it('never opens with any byte changed, and tells nothing about keys', async () => {
    const reasons = new Map<string, Set<string>>();
    for (const flip of FLIPS[kind]) {
      for (let at = 0; at < sealed.length; at++) {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const { reason, message } = await refusalOf(changed, [to]);
        reasons.set(reason, (reasons.get(reason) ?? new Set()).add(message));
      }
    }
    expect([...(reasons.get('undecryptable') ?? [])]).toEqual(['the message cannot be decrypted']);
    const structural = ['malformed', 'content-type', 'cipher', 'key-management', 'profile'];
    expect([...reasons.keys()].sort()).toEqual(
      [...structural, 'not-for-us', 'undecryptable'].sort(),
    );
  });

  it('never opens cut off anywhere', async () => {
    for (let length = 0; length < sealed.length; length++) {
      expect((await refusalOf(sealed.subarray(0, length), [to])).reason).toBe('malformed');
    }
  });

  it('never opens with bytes appended', async () => {
    for (const more of [Buffer.of(0), Buffer.of(0, 0), Buffer.from(sealed), Buffer.from('\n')]) {
      const longer = Buffer.concat([sealed, more]);
      expect((await refusalOf(longer, [to])).reason).toBe('malformed');
    }
  });

  it('still opens as it was', async () => {
    expect(Buffer.from((await open(sealed, [to], LIMITS)).payload).toString()).toBe('hello');
  });
});

describe('bytes of any kind', () => {
  it('are refused, and in no other way', async () => {
    const to = await makePeer('bolt');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await refusalOf(bytes, [to])).code).toBe('message-refused');
      }),
      { numRuns: 500 },
    );
  });

  it('are refused in the place of any part of a message', async () => {
    const [from, to] = [await makePeer('acme'), await makePeer('bolt')];
    const sealed = await sealFor(from, [to], Buffer.from('hello'));
    const splice = fc.record({
      at: fc.nat({ max: sealed.length - 1 }),
      removed: fc.nat({ max: 40 }),
      added: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(splice, async ({ at, removed, added }) => {
        const end = sealed.subarray(at + removed);
        const changed = Buffer.concat([sealed.subarray(0, at), added, end]);
        fc.pre(!changed.equals(sealed));
        expect((await refusalOf(changed, [to])).code).toBe('message-refused');
      }),
      { numRuns: 1000 },
    );
  });
});
