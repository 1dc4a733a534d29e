import { hash } from 'node:crypto';
import type { MessageId } from '../../domain/message-id.js';
import type { OutgoingSource } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import type { AnySendRequest } from '../send-request.js';
import { hashFile, hashStream, keepStream, type OnBytes } from './hash-source.js';

/** What is known of a payload that was looked through. */
export interface LookedThrough extends Pick<OutgoingSource, 'size' | 'sha256'> {
  /** Where the user's own file is, and how it was. */
  readonly own?: Pick<OutgoingSource, 'path' | 'stamp'>;
}

/**
 * Makes sure that a payload can be read again, as often as need be: a file of the user's own stays
 * where it is, anything else is kept in the spool.
 */
export async function keepPayload(
  id: MessageId,
  request: AnySendRequest,
  deps: Pick<MessagingDeps, 'spool' | 'random' | 'owner'>,
): Promise<OutgoingSource & LookedThrough> {
  const { payload } = request;
  const onBytes = reader(request);
  if (payload instanceof Uint8Array) return keepStream(id, once(payload), deps, onBytes);
  if ('stream' in payload) return keepStream(id, payload.stream, deps, onBytes);
  const source = await hashFile(payload.file, onBytes);
  return { ...source, own: { path: source.path, stamp: source.stamp } };
}

/** Keeps in the spool what memory holds, as often as it is asked to. */
export function keepBytes(
  id: MessageId,
  payload: Uint8Array,
  deps: Pick<MessagingDeps, 'spool' | 'random' | 'owner'>,
): Promise<OutgoingSource> {
  // Several recipients may each need it at the same time.
  const name = `${id}-${Buffer.from(deps.random(4)).toString('hex')}`;
  return keepStream(name, once(payload), deps, () => undefined);
}

/** Looks through a payload that is kept already, if it is the one that was sent. */
export async function lookThrough(request: AnySendRequest): Promise<LookedThrough> {
  const { payload } = request;
  if (payload instanceof Uint8Array) {
    return { size: payload.length, sha256: hash('sha256', payload, 'hex') };
  }
  if ('stream' in payload) return hashStream(payload.stream, reader(request));
  const source = await hashFile(payload.file, reader(request));
  return { ...source, own: { path: source.path, stamp: source.stamp } };
}

function reader({ onProgress }: AnySendRequest): OnBytes {
  return (bytes) => {
    onProgress?.({ kind: 'read', bytes });
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- what is read as a stream comes as one
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
