import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatByteSize } from '../../domain/byte-size.js';
import { MOST_CHUNKS } from '../../envelope/manifest.js';
import { MsgError } from '../../errors.js';
import type { OutgoingSource } from '../../ledger/port.js';
import { EncryptedWriter, SPOOL_KEY_LENGTH } from '../../spool/encrypted-file.js';
import type { MessagingDeps } from '../deps.js';
import { CHUNK_SIZE } from './chunk-size.js';
import { readFully, SourceChanged, stampOf } from './source.js';

const PIECE = 1024 * 1024;

/** As many chunks as there may be, of the usual size. */
const LARGEST_PAYLOAD = MOST_CHUNKS * CHUNK_SIZE;

/** Told how many more bytes were read. */
export type OnBytes = (count: number) => void;

/**
 * Looks through a file before it is sent: its size, its SHA-256, and what tells that it has not
 * changed since.
 *
 * @throws SourceChanged when something writes to it meanwhile; the system's error when it cannot be
 *   read.
 */
export async function hashFile(path: string, onBytes: OnBytes): Promise<OutgoingSource> {
  const file = await open(path, 'r');
  try {
    const before = await file.stat({ bigint: true });
    const hash = createHash('sha256');
    const size = Number(before.size);
    refuseBeyondAll(size, path);
    // One buffer is being filled while the other is hashed.
    const buffers = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)] as const;
    let reading = readFully(file, buffers[0], 0);
    for (let position = 0, turn = 0; position < size; position += PIECE, turn++) {
      const count = await reading;
      reading = readFully(file, buffers[turn % 2 === 0 ? 1 : 0], position + PIECE);
      hash.update((buffers[turn % 2 === 0 ? 0 : 1] as Buffer).subarray(0, count));
      onBytes(count);
    }
    await reading;
    const stamp = stampOf(before);
    if (stampOf(await file.stat({ bigint: true })) !== stamp) throw new SourceChanged(path);
    return { path: resolve(path), spoolKey: undefined, size, sha256: hash.digest('hex'), stamp };
  } finally {
    await file.close();
  }
}

/** What could not be cut into chunks anyway is not looked through. */
function refuseBeyondAll(size: number, what: string): void {
  if (size <= LARGEST_PAYLOAD) return;
  const [found, most] = [size, LARGEST_PAYLOAD].map(formatByteSize);
  throw new MsgError('too-large', `${what} holds ${found}; a message holds ${most}`, {
    hint: 'split it',
  });
}

/** SHA-256 and size of a stream that is not kept. */
export async function hashStream(
  stream: AsyncIterable<Uint8Array>,
  onBytes: OnBytes,
): Promise<Pick<OutgoingSource, 'size' | 'sha256'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of stream) {
    hash.update(piece);
    size += piece.length;
    refuseBeyondAll(size, 'what comes in');
    onBytes(piece.length);
  }
  return { size, sha256: hash.digest('hex') };
}

type SpoolDeps = Pick<MessagingDeps, 'spool' | 'random' | 'owner'>;

/**
 * Keeps a stream in the spool, encrypted under a key of its own, so that it can be sent as often as
 * need be.
 *
 * @param name what tells it from what else this process keeps; without a dot.
 * @throws MsgError `disk-full`; nothing is left then.
 */
export async function keepStream(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  { spool, random, owner }: SpoolDeps,
  onBytes: OnBytes,
): Promise<OutgoingSource> {
  const path = sourceName(name, owner);
  const spoolKey = random(SPOOL_KEY_LENGTH);
  const file = await spool.open(path, { isNew: true });
  if (file === undefined) throw new Error('a new file of the spool was not made');
  try {
    const writer = new EncryptedWriter(file, spoolKey);
    const hashed = await hashStream(written(stream, writer), onBytes);
    await writer.end();
    return { ...hashed, path, spoolKey, stamp: '' };
  } catch (error) {
    await spool.remove(path);
    throw error;
  } finally {
    await file.close();
  }
}

async function* written(stream: AsyncIterable<Uint8Array>, writer: EncryptedWriter) {
  for await (const piece of stream) {
    await writer.write(piece);
    yield piece;
  }
}

const SUFFIX = '.out';

/** Until the ledger knows the file, its name says which process is writing it. */
function sourceName(name: string, owner: string): string {
  return `${name}.${encodeURIComponent(owner)}${SUFFIX}`;
}

/** Whose file of the spool this is, as far as it was made by {@link keepStream}. */
export function ownerOfSource(name: string): string | undefined {
  const dot = name.indexOf('.');
  if (dot < 0 || !name.endsWith(SUFFIX)) return undefined;
  return decodeURIComponent(name.slice(dot + 1, -SUFFIX.length));
}
