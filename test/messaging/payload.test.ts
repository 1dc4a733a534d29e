import { writeFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { filePayload, memoryPayload, type Payload } from '../../src/messaging/payload.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const CONTENT = Buffer.alloc(700_000, 'the quarterly figures ');

function inFile(content: Uint8Array): Payload {
  const path = join(temporaryDirectory(), 'payload');
  writeFileSync(path, content);
  return filePayload(path, content.length);
}

describe.each([
  ['in memory', memoryPayload],
  ['in a file', inFile],
])('a payload %s', (_where, make) => {
  it.each([
    ['some', CONTENT],
    ['no', Buffer.alloc(0)],
  ])('gives %s content at once and in pieces, as often as it is asked', async (_how, content) => {
    const payload = make(content);
    expect(payload.size).toBe(content.length);
    expect(Buffer.compare(await payload.bytes(), content)).toBe(0);
    expect(Buffer.compare(await buffer(payload.stream()), content)).toBe(0);
    expect(Buffer.compare(await buffer(payload.stream()), content)).toBe(0);
  });

  it('can be a part of a larger piece of memory', async () => {
    const payload = make(CONTENT.subarray(3, 9));
    expect((await buffer(payload.stream())).toString()).toBe(' quart');
  });
});

describe('a payload in a file', () => {
  it('that no memory holds says to take the stream', async () => {
    const path = join(temporaryDirectory(), 'payload');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 43);
    await expect(filePayload(path, 2 ** 43).bytes()).rejects.toMatchObject({
      code: 'too-large',
      hint: 'read it in pieces from its stream',
    });
  });
});
