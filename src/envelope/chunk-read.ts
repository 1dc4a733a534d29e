import { Asn1Error, encodingOf, type Asn1Reader } from '../asn1/reader.js';
import { smallInteger, TAG, takeOctets } from '../asn1/values.js';
import {
  decryptContent,
  firstRecipientTag,
  readEnvelopedFor,
  type AuthEnveloped,
} from './auth-enveloped-read.js';
import {
  chunkWrappingKey,
  FILE_ID_LENGTH,
  KEY_IDENTIFIER_LENGTH,
  type FileKey,
} from './chunk-key.js';
import { AES256_WRAP, KEK_RECIPIENT } from './chunk.js';
import { unwrapKey, WRAPPED_KEY_LENGTH } from './content-key.js';
import { EnvelopeRefused, undecryptable } from './refused.js';

/** A chunk, still sealed. Nothing it says of itself is authenticated before it has been opened. */
export interface SealedChunk {
  /** 16 bytes. */
  readonly fileId: Uint8Array;
  /** Counted from 0. */
  readonly index: number;
  readonly wrappedKey: Uint8Array;
  readonly enveloped: Pick<AuthEnveloped, 'nonce' | 'ciphertext' | 'tag'>;
}

/** Whether a record is a chunk: its first recipient is a key-encryption key, which no message has. */
export function isChunk(sealed: Uint8Array): boolean {
  try {
    return firstRecipientTag(sealed) === KEK_RECIPIENT;
  } catch (error) {
    if (error instanceof Asn1Error || error instanceof EnvelopeRefused) return false;
    throw error;
  }
}

/**
 * Reads a chunk without opening it.
 *
 * @throws EnvelopeRefused for whatever is wrong with its form.
 */
export function readChunk(sealed: Uint8Array): SealedChunk {
  try {
    const { recipientInfos, ...enveloped } = readEnvelopedFor(sealed, readKekRecipient);
    const [only, ...others] = recipientInfos;
    if (only === undefined || others.length > 0) throw refused('not exactly one recipient');
    const { keyIdentifier, wrappedKey } = only;
    const fileId = keyIdentifier.subarray(0, FILE_ID_LENGTH);
    const index = indexIn(keyIdentifier);
    return { fileId, index, wrappedKey, enveloped };
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw new EnvelopeRefused('malformed', `the chunk is malformed: ${error.message}`, error);
  }
}

/**
 * Opens a chunk in its place. A key of another file, another place or another length of the file does
 * not open it, and nobody without the file key can make one that it opens.
 *
 * @param count how many chunks the file has.
 * @throws EnvelopeRefused `undecryptable`, without any detail.
 */
export function openChunk(chunk: SealedChunk, file: FileKey, count: number): Buffer {
  const { fileId, index, wrappedKey, enveloped } = chunk;
  if (index >= count || Buffer.compare(fileId, file.fileId) !== 0) throw undecryptable();
  try {
    const wrappingKey = chunkWrappingKey(file, { index, isLast: index === count - 1 });
    return decryptContent(enveloped, unwrapKey(wrappingKey, wrappedKey));
  } catch {
    throw undecryptable();
  }
}

interface KekRecipient {
  readonly keyIdentifier: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/** KEKRecipientInfo (RFC 5652, section 6.2.3) as chunks have it: no date, no other key attribute. */
function readKekRecipient(infos: Asn1Reader): KekRecipient {
  const info = infos.enter(KEK_RECIPIENT);
  const version = smallInteger(info.take());
  if (version !== 4) throw refused(`an unknown version ${version} of a recipient info`);
  const identified = info.enter(TAG.sequence);
  const keyIdentifier = takeOctets(identified);
  identified.finish();
  if (keyIdentifier.length !== KEY_IDENTIFIER_LENGTH) {
    throw refused(`a key identifier of ${keyIdentifier.length} bytes`);
  }
  if (!AES256_WRAP.equals(encodingOf(info.take(TAG.sequence)))) {
    throw refused('a key wrap that is not aes256-wrap');
  }
  const wrappedKey = takeOctets(info);
  info.finish();
  if (wrappedKey.length !== WRAPPED_KEY_LENGTH) {
    throw refused(`a wrapped key of ${wrappedKey.length} bytes`);
  }
  return { keyIdentifier, wrappedKey };
}

function indexIn(keyIdentifier: Uint8Array): number {
  const { buffer, byteOffset, length } = keyIdentifier;
  return new DataView(buffer, byteOffset, length).getUint32(FILE_ID_LENGTH);
}

function refused(message: string): EnvelopeRefused {
  return new EnvelopeRefused('key-management', `the chunk has ${message}`);
}
