import { randomBytes } from 'node:crypto';
import { sealChunk } from '../../../src/envelope/chunk.js';
import { transferOf } from '../../support/transfer.js';
import { announce, NOTHING, refusing, sha256, transferNow, type Expected } from './records.js';
import type { Stage } from './stage.js';

/** Whoever may write can write wrong chunks of a file that somebody else sends. */
export async function forgedChunks(stage: Stage): Promise<Expected> {
  const payload = randomBytes(200_000);
  const file = await transferNow(stage, payload, { chunkSize: 16_384 });
  const { manifest, chunks } = file;
  const forged = chunks.map((_, index) => {
    const place = { index, isLast: index === chunks.length - 1 };
    const stranger = { ...manifest, fileKey: randomBytes(32) };
    return sealChunk(stranger, place, randomBytes(16_384), randomBytes);
  });
  await stage.write([file.announcement, ...forged.map((value) => ({ value })), ...chunks]);
  return {
    ...NOTHING,
    refused: new Map(forged.map((value) => [sha256(value), ['chunk-undecryptable']])),
    delivered: new Map([[sha256(payload), 'the file with forged chunks between']]),
  };
}

/** They are dropped: nobody can say whose they are. */
export async function orphans(stage: Stage, scale: number): Promise<Expected> {
  const { alice, mallory } = stage.peers;
  const toAlice = await transferOf(mallory, alice, randomBytes(400_000), { chunkSize: 8_192 });
  const nobodys = Array.from({ length: 2_000 * scale }, (_, index) => {
    const manifest = { fileId: randomBytes(16), fileKey: randomBytes(32) };
    const content = Buffer.alloc(index % 50 === 0 ? 400_000 : 100);
    return { value: sealChunk(manifest, { index: 0, isLast: false }, content, randomBytes) };
  });
  await stage.write([...toAlice.chunks, ...nobodys]);
  return NOTHING;
}

/** Sizes that do not fit together, or fit nothing here. */
export async function absurdManifests(stage: Stage): Promise<Expected> {
  const GiB = 1024 ** 3;
  const claims = [
    { size: Number.MAX_SAFE_INTEGER, chunkSize: 4096, count: 2 ** 41 },
    { size: GiB, chunkSize: GiB, count: 1 },
    { size: GiB, chunkSize: 1, count: GiB },
    { size: 100_000, chunkSize: 4096, count: 1 },
    { size: 200 * GiB, chunkSize: 16 * 1024 ** 2, count: 12_800 },
  ];
  const values: Uint8Array[] = [];
  for (const claim of claims) values.push(await announce(stage, claim));
  return refusing(stage, values, ['manifest', 'too-large']);
}

/** Eight may be under way; what is announced and never comes takes no room on the disk. */
export async function tooManyFiles(stage: Stage): Promise<Expected> {
  const size = 10 * 1024 ** 3;
  const claim = { size, chunkSize: 1024 ** 2, count: 10 * 1024 };
  const values: Uint8Array[] = [];
  for (let index = 0; index < 20; index++) values.push(await announce(stage, claim));
  await stage.write(values.map((value) => ({ value })));
  const refused = values.slice(8).map((value) => [sha256(value), ['pending-limit']] as const);
  return { ...NOTHING, refused: new Map(refused) };
}
