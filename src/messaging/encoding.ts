import { gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { EnvelopeRefused } from '../envelope/refused.js';

/** How a payload, or a chunk of one, can be encoded before it is sealed. */
export type Encoding = 'gzip';

/** Encodes bytes; without an encoding they stay as they are. */
export async function encode(bytes: Uint8Array, encoding: Encoding | undefined) {
  return encoding === undefined ? bytes : promisify(gzip)(bytes);
}

/**
 * Undoes {@link encode}. No more than the declared size is ever unpacked, whatever is in there.
 *
 * @param size what the sender declared, in bytes.
 * @throws EnvelopeRefused `encoding` when that is not what comes out.
 */
export async function decode(
  bytes: Uint8Array,
  size: number,
  encoding: Encoding | undefined,
): Promise<Uint8Array> {
  const decoded = encoding === undefined ? bytes : await unpack(bytes, size);
  if (decoded.length === size) return decoded;
  throw refused(`${decoded.length} bytes where ${size} were declared`);
}

async function unpack(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isLarger = code === 'ERR_BUFFER_TOO_LARGE';
    throw refused(isLarger ? `more than the declared ${size} bytes` : 'bytes that are no gzip');
  }
}

function refused(what: string): EnvelopeRefused {
  return new EnvelopeRefused('encoding', `the encoded payload holds ${what}`);
}
