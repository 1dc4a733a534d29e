import { CHUNK_OVERHEAD } from '../../envelope/chunk.js';
import { LEAST_CHUNK_SIZE } from '../../envelope/manifest.js';
import { MsgError } from '../../errors.js';
import type { MessagingDeps } from '../deps.js';
import type { Encoding } from '../encoding.js';
import { isPassing } from '../passing.js';
import type { ResolvedRecipient } from '../recipients.js';

/** How much of the payload a chunk holds, where the inbox takes records of the usual size; in bytes. */
export const CHUNK_SIZE = 900 * 1024;

/** What packing adds to what cannot be packed: 18 bytes, and 5 for every 16 KiB at most. */
const GZIP_MARGIN = 1024;

/** What a payload is cut for. */
export interface CutFor {
  /** Of the payload, in bytes. */
  readonly size: number;
  readonly encoding: Encoding | undefined;
  /** Whether it is kept when the log cannot be asked now; it is looked at again before it leaves. */
  readonly queue?: boolean | undefined;
  /** How long a record was that the log did not take, whatever it says that it takes; in bytes. */
  readonly refused?: number | undefined;
}

/**
 * The usual size, or less where a topic takes less in one record; in bytes.
 *
 * @throws MsgError `too-large` where the chunks would be too small; as `Transport.limits`.
 */
export async function chunkSizeFor(
  { peer, topic }: Pick<ResolvedRecipient, 'peer' | 'topic'>,
  { size, encoding, queue, refused = Infinity }: CutFor,
  { transport }: Pick<MessagingDeps, 'transport'>,
): Promise<number> {
  const limits = await transport.limits(topic).catch((error: unknown) => {
    if (queue === true && isPassing(error)) return undefined;
    throw error;
  });
  if (limits === undefined) return CHUNK_SIZE;
  const margin = CHUNK_OVERHEAD + (encoding === undefined ? 0 : GZIP_MARGIN);
  const { largestValue } = limits;
  const largest = largestValue < refused ? largestValue : Math.floor(refused / 2);
  const chunkSize = Math.min(CHUNK_SIZE, largest - margin);
  if (chunkSize >= LEAST_CHUNK_SIZE || chunkSize >= size) return chunkSize;
  throw new MsgError(
    'too-large',
    `the inbox of ${peer} takes only records that are too small for chunks`,
    { hint: 'have max.message.bytes of the inbox topic raised' },
  );
}
