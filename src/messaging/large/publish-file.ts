import { createHash } from 'node:crypto';
import { checkpoint } from '../../domain/checkpoint.js';
import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import { sealChunk } from '../../envelope/chunk.js';
import { chunkLength, type Manifest } from '../../envelope/manifest.js';
import type { ClaimedDelivery, OutgoingFile } from '../../ledger/port.js';
import type { OutgoingRecord } from '../../transport/port.js';
import type { MessagingDeps } from '../deps.js';
import { encode } from '../encoding.js';
import { recordFor } from '../publish.js';
import type { FilePosition } from './file-position.js';
import { SourceChanged, type Source } from './source.js';

/** A file that may be published now. */
export interface PublishableFile {
  readonly claimed: Pick<ClaimedDelivery, 'row' | 'delivery'>;
  readonly file: OutgoingFile;
  readonly manifest: Manifest;
}

/** Told how many more bytes of the payload are surely in the log, to whom. */
export type OnSent = (recipient: PeerName, bytes: number, total: number) => void;

/** What a file is read from, and how far it has come. */
export interface FileOnItsWay {
  readonly source: Source;
  readonly position: FilePosition;
  readonly onSent: OnSent;
}

/**
 * Publishes the manifest and the chunks behind it, from where an earlier attempt had come to. Each
 * chunk is read from what was hashed before; the last one leaves only when the whole is what the
 * manifest says, so that nothing else can ever be delivered.
 *
 * @throws SourceChanged; whatever the transport throws.
 */
export async function publishRecords(
  { claimed, file, manifest }: PublishableFile,
  { source, position, onSent }: FileOnItsWay,
  deps: Pick<MessagingDeps, 'self' | 'random'>,
): Promise<void> {
  const { row, delivery } = claimed;
  if (file.next === 0) {
    await position.publish(recordFor({ id: row.id, kind: 'manifest' }, file.sealed, deps.self));
    checkpoint('send:announced');
  }
  const from = Math.max(file.next - 1, 0);
  const chunks = new ChunkStream({ manifest, source, id: row.id, from });
  onSent(delivery.recipient, Math.min(from * manifest.chunkSize, manifest.size), manifest.size);
  for await (const { record, length } of chunks.records(deps)) {
    await position.begin(record, () => {
      checkpoint('send:chunk');
      onSent(delivery.recipient, length, manifest.size);
    });
  }
  await position.settle();
}

interface ChunkStreamOptions {
  readonly manifest: Manifest;
  readonly source: Source;
  readonly id: MessageId;
  /** The first chunk to be sent; the ones before it are hashed only. */
  readonly from: number;
}

/** The chunks of a file, one after another, as records. */
class ChunkStream {
  readonly #options: ChunkStreamOptions;

  constructor(options: ChunkStreamOptions) {
    this.#options = options;
  }

  async *records({ self, random }: Pick<MessagingDeps, 'self' | 'random'>) {
    const { manifest, source, id, from } = this.#options;
    const { chunkSize, count, sha256, encoding } = manifest;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(chunkSize);
    for (let index = 0; index < count; index++) {
      const content = buffer.subarray(0, chunkLength(manifest, index));
      await source.read(content, index * chunkSize);
      hash.update(content);
      const isLast = index === count - 1;
      if (isLast && hash.digest('hex') !== sha256) throw new SourceChanged('the payload');
      if (index < from) continue;
      const encoded = await encode(content, encoding);
      const value = sealChunk(manifest, { index, isLast }, encoded, random);
      const part = { 'msg-kind': 'chunk', 'msg-part': `${index}/${count}` };
      const record: OutgoingRecord = {
        key: self,
        value,
        headers: { 'msg-v': '1', 'msg-id': id, 'msg-from': self, ...part },
      };
      yield { record, length: content.length };
    }
  }
}
