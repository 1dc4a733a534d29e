import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../src/envelope/header.js';
import {
  chunkCount,
  chunkLength,
  MOST_CHUNKS,
  readManifest,
  writeAbort,
  writeManifest,
  type Manifest,
} from '../../src/envelope/manifest.js';
import { open } from '../../src/envelope/open.js';
import { EnvelopeRefused } from '../../src/envelope/refused.js';
import { makePeer } from '../support/pki.js';
import { headerFor, LIMITS, sealFor } from '../support/sealed.js';

const [from, to] = await Promise.all([makePeer('acme'), makePeer('bolt')]);

const MANIFEST: Manifest = {
  fileId: Buffer.alloc(16, 1),
  fileKey: Buffer.alloc(32, 2),
  ...{ size: 2_000_000, chunkSize: 921_600, count: 3, sha256: 'ab'.repeat(32) },
};

function headerOf(manifest: Manifest, fields: Partial<Header> = {}): Header {
  const { size, encoding } = manifest;
  const optional = encoding === undefined ? {} : { encoding };
  return headerFor(from, [to], Buffer.of(), { kind: 'manifest', size, ...optional, ...fields });
}

function refusal(json: object | string, header = headerOf(MANIFEST)): string {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  try {
    readManifest(Buffer.from(text), header);
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error.message;
    throw error;
  }
  return 'none';
}

const fields = (changes: object = {}): object => ({
  ...(JSON.parse(writeManifest(MANIFEST, headerOf(MANIFEST)).toString()) as object),
  ...changes,
});

describe('a manifest', () => {
  it('is read as it was written', () => {
    const sizes = fc.record({ size: fc.integer({ min: 1, max: 2 ** 43 }), chunk: fc.nat(2 ** 20) });
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.string(), ({ size, chunk }, gzip, name) => {
        const chunkSize = 4096 + chunk + Math.ceil(size / MOST_CHUNKS);
        const manifest: Manifest = {
          ...{ ...MANIFEST, size, chunkSize, count: chunkCount(size, chunkSize) },
          ...(gzip ? { encoding: 'gzip' } : {}),
        };
        const header = headerOf(manifest, name === '' ? {} : { name });
        expect(readManifest(writeManifest(manifest, header), header)).toEqual(manifest);
        const { count } = manifest;
        const whole = (count - 1) * chunkSize + chunkLength(manifest, count - 1);
        expect(whole).toBe(size);
        expect(chunkLength(manifest, count - 1)).toBeGreaterThan(0);
      }),
    );
  });

  it('travels as a signed message whose header has the size of the file', async () => {
    const header = headerOf(MANIFEST, { name: 'dump.tar' });
    const payload = writeManifest(MANIFEST, header);
    const sealed = await sealFor(from, [to], payload, { header });
    const opened = await open(sealed, [to], LIMITS);
    expect(opened.header).toEqual(header);
    expect(readManifest(opened.payload, opened.header)).toEqual(MANIFEST);
  });

  it('takes an earlier one back', () => {
    const abort = { fileId: randomBytes(16), aborted: 'the file changed while it was being sent' };
    expect(readManifest(writeAbort(abort), headerOf(MANIFEST))).toEqual(abort);
  });

  it.each([
    ['no JSON', '{', 'it is not JSON'],
    ['no object', '[]', 'it is not an object'],
    ['another version', fields({ v: 2 }), 'v is not 1, the only version this program knows'],
    ['a short id', fields({ file: '01' }), 'file is not 32 hexadecimal digits'],
    ['a short key', fields({ key: '01' }), 'key is not 64 hexadecimal digits'],
    ['no key', fields({ key: undefined }), 'key is not 64 hexadecimal digits'],
    ['no hash', fields({ sha256: 7 }), 'sha256 is not 64 hexadecimal digits'],
    ['no content', fields({ size: 0 }), 'size is not a whole number from 1'],
    ['half a byte', fields({ size: 1.5 }), 'size is not a whole number from 1'],
    [
      'another size than the header',
      fields({ size: 2_000_001 }),
      'size is not what the header says',
    ],
    ['another name than the header', fields({ name: 'x' }), 'name is not what the header says'],
    ['another encoding', fields({ encoding: 'br' }), 'encoding is not what the header says'],
    ['another type', fields({ contentType: 'a/b' }), 'contentType is not what the header says'],
    ['too few chunks', fields({ count: 2 }), '2 chunks of 921600 bytes do not make 2000000'],
    ['too many chunks', fields({ count: 4 }), '4 chunks of 921600 bytes do not make 2000000'],
    ['huge chunks', fields({ chunkSize: 2 ** 24 + 1, count: 1 }), 'chunks of 16777217 bytes'],
    ['tiny chunks', fields({ chunkSize: 2, count: 1_000_000 }), 'chunks of 2 bytes'],
    ['too much text', fields({ more: 'x'.repeat(4096) }), /^\d+ bytes are too many$/],
    ['an empty reason', fields({ aborted: '' }), 'aborted is not a short sentence'],
    ['a reason that draws', fields({ aborted: '\u001b[2J' }), 'aborted is not a short sentence'],
  ])('with %s is refused', (_what, json, message) => {
    const expected = refusal(json).replace('the manifest is refused: ', '');
    if (typeof message === 'string') expect(expected).toBe(message);
    else expect(expected).toMatch(message);
  });

  it('that announces more chunks than can be kept track of is refused, whatever they hold', () => {
    const size = 2 ** 52;
    const huge = { ...MANIFEST, size, chunkSize: 4096, count: size / 4096 };
    const header = headerOf(huge);
    const json = writeManifest(huge, header).toString();
    expect(refusal(json, header)).toContain(`chunks are more than ${MOST_CHUNKS}`);
  });
});
