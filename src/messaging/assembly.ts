import { openChunk, readChunk, type SealedChunk } from '../envelope/chunk-read.js';
import { chunkLength, isAbort, readManifest, type Manifest } from '../envelope/manifest.js';
import { open } from '../envelope/open.js';
import { EnvelopeRefused } from '../envelope/refused.js';
import { MsgError } from '../errors.js';
import type {
  FileEnd,
  IncomingFile,
  IncomingRecord,
  ReceivedChunk,
  RecordSource,
} from '../ledger/port.js';
import type { StoredRecord } from '../transport/port.js';
import type { MessagingDeps } from './deps.js';
import { decode } from './encoding.js';
import { FileBeingReceived } from './file-being-received.js';

/** So many files are held open at once; of more, the one that was used longest ago is closed. */
const MOST_OPEN = 16;

type AssemblyDeps = Pick<MessagingDeps, 'ledger' | 'spool' | 'openingKeys'>;

/**
 * Puts the chunks of large payloads in their places in the spool. What it makes of a chunk is for the
 * ledger to note after {@link Assembly.sync}: only what is on the disk counts as received.
 *
 * Which chunks are there is looked up in the ledger for every batch: another process may have had the
 * partition in between.
 */
export class Assembly {
  readonly #deps: AssemblyDeps;
  readonly #open = new Map<number, FileBeingReceived>();
  readonly #found = new Map<string, readonly FileBeingReceived[]>();

  constructor(deps: AssemblyDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a chunk and begins to write it.
   *
   * @throws MsgError retryable when the disk is full, or a key cannot be used now: the chunk waits.
   */
  async take(stored: StoredRecord, source: RecordSource): Promise<IncomingRecord> {
    const chunk = readQuietly(stored.value);
    if (chunk instanceof EnvelopeRefused) return refused(stored, source, chunk);
    const candidates = await this.#candidates(chunk.fileId);
    let refusal: EnvelopeRefused | undefined;
    for (const file of candidates.filter((one) => !one.has(chunk.index))) {
      const content = await openQuietly(chunk, file.manifest);
      if (content instanceof EnvelopeRefused) {
        refusal = content;
      } else {
        await file.put(chunk.index, content);
        return { outcome: 'chunk', chunk: await receivedChunk(file, chunk.index) };
      }
    }
    // Also one that was there already can be what shows that none is missing.
    const holder = candidates.find((one) => one.has(chunk.index));
    if (holder !== undefined) {
      return { outcome: 'chunk', chunk: await receivedChunk(holder, chunk.index) };
    }
    if (refusal !== undefined) return refused(stored, source, refusal);
    return { outcome: 'orphan', fileId: chunk.fileId, size: stored.value.length };
  }

  /**
   * Everything taken since the last call is on the disk when this resolves. Gives the files that it
   * belongs to.
   *
   * @throws MsgError `disk-full`.
   */
  async sync(): Promise<readonly FileBeingReceived[]> {
    const touched = [...this.#found.values()].flat();
    await Promise.all(touched.map((file) => file.sync()));
    this.#found.clear();
    return touched;
  }

  /** Lets go of files that are whole, and of those not used for long where there are too many. */
  async relax(): Promise<void> {
    await this.#closeSome(MOST_OPEN);
  }

  /** Closes every file; after a failure the ledger alone knows what is on the disk. */
  async close(): Promise<void> {
    this.#found.clear();
    await this.#closeSome(0);
  }

  async #candidates(fileId: Uint8Array): Promise<readonly FileBeingReceived[]> {
    const name = Buffer.from(fileId).toString('hex');
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const files: FileBeingReceived[] = [];
    for (const row of await this.#deps.ledger.incoming.find(fileId)) {
      const file = await this.#resume(row);
      if (file !== undefined) files.push(file);
    }
    this.#found.set(name, files);
    return files;
  }

  async #resume(row: IncomingFile): Promise<FileBeingReceived | undefined> {
    const known = this.#open.get(row.number);
    if (known !== undefined) {
      // Moved to the end: the first of the map is the one used longest ago.
      this.#open.delete(row.number);
      this.#open.set(row.number, known);
      known.refresh(row);
      return known;
    }
    const file = await this.#openFile(row);
    if (file !== undefined) this.#open.set(row.number, file);
    return file;
  }

  async #openFile(row: IncomingFile): Promise<FileBeingReceived | undefined> {
    const { ledger, spool } = this.#deps;
    const manifest = await this.#manifestOf(row);
    const found = await FileBeingReceived.open(row, manifest, spool);
    if (found !== undefined) return found;
    // The disk has lost what the ledger remembers, or another process has come to the file's end.
    await ledger.incoming.startOver(row.number);
    const again = (await ledger.incoming.find(row.fileId)).find((one) => one.number === row.number);
    return again && (await FileBeingReceived.open(again, manifest, spool));
  }

  async #manifestOf({ sealed }: IncomingFile): Promise<Manifest> {
    const keys = await this.#deps.openingKeys();
    const { payload, header } = await open(sealed, keys, { sealed: sealed.length });
    const manifest = readManifest(payload, header);
    if (isAbort(manifest)) throw new MsgError('bug', 'the ledger waits for chunks of an abort');
    return manifest;
  }

  async #closeSome(most: number): Promise<void> {
    for (const [number, file] of this.#open) {
      if (this.#open.size <= most && !file.isWhole) continue;
      this.#open.delete(number);
      await file.close();
    }
  }
}

function readQuietly(value: Uint8Array): SealedChunk | EnvelopeRefused {
  try {
    return readChunk(value);
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error;
    throw error;
  }
}

/** The payload's bytes in a chunk. */
async function openQuietly(
  chunk: SealedChunk,
  manifest: Manifest,
): Promise<Uint8Array | EnvelopeRefused> {
  try {
    const content = openChunk(chunk, manifest, manifest.count);
    return await decode(content, chunkLength(manifest, chunk.index), manifest.encoding);
  } catch (error) {
    if (error instanceof EnvelopeRefused) return error;
    throw error;
  }
}

async function receivedChunk(file: FileBeingReceived, index: number): Promise<ReceivedChunk> {
  const chunk = { file: file.number, index };
  return file.isWhole ? { ...chunk, end: await endOf(file) } : chunk;
}

async function endOf(file: FileBeingReceived): Promise<FileEnd> {
  const { sha256 } = file.manifest;
  const found = await file.digest();
  if (found === sha256) return { isWhole: true, spooledAs: file.name };
  const detail = `all chunks came, but together they have the SHA-256 ${found} instead of ${sha256}`;
  return { isWhole: false, detail };
}

function refused(
  { headers, value }: StoredRecord,
  source: RecordSource,
  { reason, message }: EnvelopeRefused,
): IncomingRecord {
  return {
    outcome: 'refused',
    refused: {
      source,
      ...{ claimedSender: headers['msg-from'], claimedId: headers['msg-id'] },
      ...{ reason: `chunk-${reason}`, detail: message, sealed: value },
    },
  };
}
