import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_OVERHEAD, sealChunk } from '../../src/envelope/chunk.js';
import { isChunk, readChunk } from '../../src/envelope/chunk-read.js';
import { makePeer } from '../support/pki.js';
import { chunkRefusal, newFileKey, openSealed, sealChunks } from '../support/chunks.js';
import { refusalOf } from '../support/refusal.js';
import { sealFor } from '../support/sealed.js';

const contents = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });

describe('a chunk', () => {
  it('opens in its place to what was sealed, whatever that was', () => {
    fc.assert(
      fc.property(contents, (parts) => {
        const file = newFileKey();
        sealChunks(file, parts).forEach((sealed, index) => {
          expect(isChunk(sealed)).toBe(true);
          expect(readChunk(sealed)).toMatchObject({ index, fileId: file.fileId });
          expect(openSealed(sealed, file, parts.length)).toEqual(Buffer.from(parts[index] ?? []));
        });
      }),
    );
  });

  it('opens in no other place, in no longer or shorter file, and with no other key', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 2 }), fc.nat({ max: 2 ** 32 - 2 }), (index, other) => {
        fc.pre(index !== other);
        const file = newFileKey();
        const place = { index, isLast: false };
        const sealed = sealChunk(file, place, Buffer.from('hello'), randomBytes);
        expect(openSealed(sealed, file, 2 ** 32).toString()).toBe('hello');
        const moved = Buffer.from(sealed);
        moved.writeUInt32BE(other, sealed.indexOf(Buffer.from(file.fileId)) + 16);
        expect(readChunk(moved).index).toBe(other);
        const wrong = [
          chunkRefusal(moved, file, 2 ** 32),
          chunkRefusal(sealed, file, index + 1),
          chunkRefusal(sealed, file, index),
          chunkRefusal(sealed, { ...file, fileKey: randomBytes(32) }, 2 ** 32),
          chunkRefusal(sealed, { ...file, fileId: randomBytes(16) }, 2 ** 32),
        ];
        expect(new Set(wrong.map(({ reason, message }) => `${reason} ${message}`))).toEqual(
          new Set(['undecryptable the message cannot be decrypted']),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('that is the last one cannot stand for another, nor another for it', () => {
    const file = newFileKey();
    const content = Buffer.from('hello');
    const last = sealChunk(file, { index: 1, isLast: true }, content, randomBytes);
    const inner = sealChunk(file, { index: 1, isLast: false }, content, randomBytes);
    expect(openSealed(last, file, 2)).toEqual(content);
    expect(openSealed(inner, file, 3)).toEqual(content);
    expect(chunkRefusal(last, file, 3).reason).toBe('undecryptable');
    expect(chunkRefusal(inner, file, 2).reason).toBe('undecryptable');
  });

  it('never opens with any bit changed', () => {
    const file = newFileKey();
    const [sealed = Buffer.of()] = sealChunks(file, [Buffer.from('hello')]);
    const reasons = new Set<string>();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      reasons.add(chunkRefusal(changed, file, 1).reason);
    }
    const structural = ['malformed', 'content-type', 'cipher', 'key-management', 'profile'];
    expect([...reasons].sort()).toEqual([...structural, 'undecryptable'].sort());
  });

  it('never opens cut off anywhere, nor with bytes appended', () => {
    const file = newFileKey();
    const [sealed = Buffer.of()] = sealChunks(file, [Buffer.from('hello')]);
    for (let length = 0; length < sealed.length; length++) {
      expect(chunkRefusal(sealed.subarray(0, length), file, 1).reason).toBe('malformed');
    }
    for (const more of [Buffer.of(0), Buffer.of(0, 0), sealed]) {
      expect(chunkRefusal(Buffer.concat([sealed, more]), file, 1).reason).toBe('malformed');
    }
  });

  it('never opens with any part of it replaced', () => {
    const file = newFileKey();
    const [sealed = Buffer.of()] = sealChunks(file, [Buffer.from('hello')]);
    const splice = fc.record({
      at: fc.nat({ max: sealed.length - 1 }),
      removed: fc.nat({ max: 40 }),
      added: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(splice, ({ at, removed, added }) => {
        const end = sealed.subarray(at + removed);
        const changed = Buffer.concat([sealed.subarray(0, at), added, end]);
        fc.pre(!changed.equals(sealed));
        expect(chunkRefusal(changed, file, 1).code).toBe('message-refused');
      }),
      { numRuns: 1000 },
    );
  });

  it('never looks the same twice: content key and nonce are its own', () => {
    const file = newFileKey();
    const [one, other] = [0, 1].map(() =>
      readChunk(sealChunks(file, [Buffer.from('hello')])[0] ?? Buffer.of()),
    );
    expect(one?.wrappedKey).not.toEqual(other?.wrappedKey);
    expect(one?.enveloped.nonce).not.toEqual(other?.enveloped.nonce);
  });

  it.each([0, 1, 127, 128, 65_000, 921_600, 17_000_000])(
    'of %i bytes takes little more room than its content',
    (size) => {
      const place = { index: 0, isLast: true };
      const sealed = sealChunk(newFileKey(), place, Buffer.alloc(size), randomBytes);
      expect(sealed.length - size).toBeLessThanOrEqual(CHUNK_OVERHEAD);
    },
  );
});

describe('what is no chunk', () => {
  it('is a message, or bytes of any kind', async () => {
    const [from, to] = [await makePeer('acme'), await makePeer('bolt')];
    expect(isChunk(await sealFor(from, [to], Buffer.from('hello')))).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(isChunk(bytes)).toBe(false);
      }),
    );
  });

  it('is not opened as a message in its place', async () => {
    const to = await makePeer('bolt');
    const [sealed = Buffer.of()] = sealChunks(newFileKey(), [Buffer.from('hello')]);
    expect((await refusalOf(sealed, [to])).reason).toBe('key-management');
  });
});
