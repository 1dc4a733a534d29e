import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sealChunk } from '../../src/envelope/chunk.js';
import type { Header } from '../../src/envelope/header.js';
import {
  chunkCount,
  writeAbort,
  writeManifest,
  type Manifest,
} from '../../src/envelope/manifest.js';
import type { OutgoingRecord } from '../../src/transport/port.js';
import type { TestPeer } from './pki.js';
import { headerFor, sealFor } from './sealed.js';

/** What a sender of a large payload puts into a log. */
export interface Transfer {
  readonly header: Header;
  readonly manifest: Manifest;
  readonly announcement: OutgoingRecord;
  readonly chunks: readonly OutgoingRecord[];
}

/** How a payload is cut up, and what is said about it. */
export interface TransferOptions {
  readonly chunkSize?: number;
  readonly encoding?: 'gzip';
  readonly fields?: Partial<Header>;
  /** In Unix milliseconds; a fixed moment where absent. */
  readonly signingTime?: number;
  /** Instead of what is true. */
  readonly manifest?: Partial<Manifest>;
}

/** Cuts a payload up for one recipient, as docs/wire-format.md has it. */
export async function transferOf(
  from: TestPeer,
  to: TestPeer,
  payload: Uint8Array,
  { chunkSize = 4096, encoding, fields, signingTime, manifest: changes }: TransferOptions = {},
): Promise<Transfer> {
  const optional = encoding === undefined ? {} : { encoding };
  const manifest: Manifest = {
    ...{ fileId: randomBytes(16), fileKey: randomBytes(32) },
    ...{ size: payload.length, chunkSize, count: chunkCount(payload.length, chunkSize) },
    sha256: createHash('sha256').update(payload).digest('hex'),
    ...optional,
    ...changes,
  };
  const { size } = manifest;
  const header = headerFor(from, [to], payload, { kind: 'manifest', size, ...optional, ...fields });
  const sealed = await sealFor(from, [to], writeManifest(manifest, header), {
    header,
    ...(signingTime === undefined ? {} : { signingTime }),
  });
  const chunks = Array.from({ length: manifest.count }, (_, index) => {
    const content = payload.subarray(index * chunkSize, (index + 1) * chunkSize);
    const place = { index, isLast: index === manifest.count - 1 };
    const encoded = encoding === 'gzip' ? gzipSync(content) : content;
    return record(from, sealChunk(manifest, place, encoded, randomBytes));
  });
  return { header, manifest, announcement: record(from, sealed), chunks };
}

/** What a sender puts into a log to take a payload back. */
export async function abortOf(
  from: TestPeer,
  to: TestPeer,
  { manifest: { fileId } }: Transfer,
  aborted = 'the file changed while it was being sent',
): Promise<OutgoingRecord> {
  const header = headerFor(from, [to], Buffer.of(), { kind: 'manifest', size: 0 });
  return record(from, await sealFor(from, [to], writeAbort({ fileId, aborted }), { header }));
}

/** A record of this sender. */
export function record({ name }: TestPeer, value: Uint8Array): OutgoingRecord {
  return { key: name, value, headers: { 'msg-from': name } };
}
