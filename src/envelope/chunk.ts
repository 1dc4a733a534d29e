import { contextTag } from '../asn1/values.js';
import { integer, octetString, oid, sequence, tlv } from '../asn1/writer.js';
import type { RandomSource } from '../domain/environment.js';
import { GCM } from './algorithms.js';
import { writeAuthEnveloped } from './auth-enveloped.js';
import { chunkWrappingKey, keyIdentifierOf, type ChunkPlace, type FileKey } from './chunk-key.js';
import { wrapKey } from './content-key.js';
import { ALGORITHM } from './oids.js';

const VERSION_4 = integer(4);

/** The tag of a KEKRecipientInfo among recipient infos (RFC 5652, section 6.2). */
export const KEK_RECIPIENT = contextTag(2, 'constructed');

/** AlgorithmIdentifier of the key wrap: parameters absent (RFC 3565, section 2.3.2). */
export const AES256_WRAP = sequence(oid(ALGORITHM.aes256Wrap));

/** So many bytes a sealed chunk is longer than its content, at most: it depends on its lengths' lengths. */
export const CHUNK_OVERHEAD = 200;

/**
 * Seals one chunk of a file: DER of AuthEnvelopedData for one KEKRecipientInfo
 * (docs/wire-format.md, section "Large payloads"). Content key and nonce come from `random`, so a chunk
 * sealed twice gives other bytes that are just as good.
 */
export function sealChunk(
  file: FileKey,
  place: ChunkPlace,
  content: Uint8Array,
  random: RandomSource,
): Buffer {
  const secret = random(GCM.keyLength + GCM.nonceLength);
  const contentKey = secret.subarray(0, GCM.keyLength);
  const recipientInfo = tlv(
    KEK_RECIPIENT,
    VERSION_4,
    sequence(octetString(keyIdentifierOf(file.fileId, place.index))),
    AES256_WRAP,
    octetString(wrapKey(chunkWrappingKey(file, place), contentKey)),
  );
  return writeAuthEnveloped({
    recipientInfos: [recipientInfo],
    contentKey,
    nonce: secret.subarray(GCM.keyLength),
    content,
  });
}
