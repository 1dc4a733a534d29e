import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sealChunk } from '../../../src/envelope/chunk.js';
import { NOTHING, refusing, sealNow, sha256, transferNow, type Expected } from './records.js';
import type { Codec, HostileRecord, Stage } from './stage.js';

/** What unpacks to 200 MiB, declared to be little or much. */
export async function bombs(stage: Stage, scale: number): Promise<Expected> {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 ** 2));
  const values: Uint8Array[] = [];
  for (let index = 0; index < 10 * scale; index++) {
    const declared = index % 2 === 0 ? 100 : 400_000;
    values.push(await sealNow(stage, bomb, { encoding: 'gzip', size: declared }));
  }
  const huge = await sealNow(stage, bomb, { encoding: 'gzip', size: 10 * 1024 ** 3 });
  const refused = await refusing(stage, [...values, huge], ['encoding', 'too-large']);
  const inChunk = await bombInChunk(stage, bomb);
  return { ...inChunk, refused: new Map([...refused.refused, ...inChunk.refused]) };
}

/** A chunk that unpacks to much more than its place holds, before the true one. */
async function bombInChunk(stage: Stage, bomb: Uint8Array): Promise<Expected> {
  const payload = randomBytes(100_000);
  const options = { chunkSize: 16 * 1024 ** 2, encoding: 'gzip' } as const;
  const file = await transferNow(stage, payload, options);
  const value = sealChunk(file.manifest, { index: 0, isLast: true }, bomb, randomBytes);
  await stage.write([file.announcement, { value }, ...file.chunks]);
  return {
    ...NOTHING,
    refused: new Map([[sha256(value), ['chunk-encoding']]]),
    delivered: new Map([[sha256(payload), 'the file with a bomb before its chunk']]),
  };
}

/** Other producers pack their record sets. */
export async function packed(stage: Stage): Promise<Expected> {
  const refused = new Map<string, readonly string[]>();
  const delivered = new Map<string, string>();
  for (const codec of ['gzip', 'snappy', 'zstd'] as const) {
    const payload = Buffer.from(`packed with ${codec} ${randomBytes(8).toString('hex')}`);
    const bad = randomBytes(1_000);
    await stage.writeCompressed([{ value: bad }, { value: await sealNow(stage, payload) }], codec);
    refused.set(sha256(bad), ['malformed']);
    delivered.set(sha256(payload), `what was packed with ${codec}`);
  }
  return { refused, delivered, unreadable: 0 };
}

/** LZ4, which nothing here can unpack, and packed sets that unfold to more than memory is given for. */
export async function unreadable(stage: Stage): Promise<Expected> {
  const sets: readonly (readonly [Codec, HostileRecord])[] = [
    ['lz4', { value: randomBytes(1_000) }],
    ['gzip', { value: Buffer.alloc(80 * 1024 ** 2) }],
  ];
  for (const [codec, record] of sets) await stage.writeCompressed([record], codec);
  return { ...NOTHING, unreadable: sets.length };
}

/** All of it is in order, and has to arrive like any other member's. */
export async function flood(stage: Stage, scale: number): Promise<Expected> {
  const delivered = new Map<string, string>();
  const records: HostileRecord[] = [];
  for (let index = 0; index < 500 * scale; index++) {
    const payload = Buffer.concat([Buffer.from(`flood ${index} `), randomBytes(500)]);
    delivered.set(sha256(payload), `message ${index} of the flood`);
    records.push({ value: await sealNow(stage, payload) });
  }
  await stage.write(records);
  return { ...NOTHING, delivered };
}
