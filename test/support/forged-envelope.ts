import { constants, createCipheriv, createECDH, publicEncrypt, randomBytes } from 'node:crypto';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { integer, octetString, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { deriveWrappingKey, wrapKey } from '../../src/envelope/content-key.js';
import { ALGORITHM, CONTENT_TYPE } from '../../src/envelope/oids.js';
import type { TestPeer } from './pki.js';

/** Context-specific tag, constructed. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Buffer =>
  tlv(contextTag(number, 'constructed'), ...parts);

/** An AlgorithmIdentifier. */
export const algorithm = (oidHex: string, ...parameters: readonly Uint8Array[]): Buffer =>
  sequence(oid(oidHex), ...parameters);

/** What an attacker who knows the recipient's certificate can decide about an AuthEnvelopedData. */
export interface EnvelopeForgery {
  readonly contentInfoType?: string;
  readonly version?: number;
  /** Stands between the version and the recipients. */
  readonly originatorInfo?: Buffer;
  readonly recipientInfos?: readonly Uint8Array[];
  readonly contentType?: string;
  readonly cipher?: (nonce: Buffer) => Buffer;
  readonly nonceLength?: number;
  readonly tagLength?: number;
  readonly authAttrs?: Buffer;
  readonly unauthAttrs?: Buffer;
  readonly contentKey?: Buffer;
}

/** AES-256-GCM's AlgorithmIdentifier with the given ICVlen. */
export const gcm = (nonce: Uint8Array, icvLength = 16): Buffer =>
  algorithm(ALGORITHM.aes256Gcm, sequence(octetString(nonce), integer(icvLength)));

/** An AuthEnvelopedData around any content: written by hand, so that it can be wrong in any way. */
export function forgeEnvelope(to: TestPeer, content: Uint8Array, forgery: EnvelopeForgery = {}) {
  const contentKey = forgery.contentKey ?? randomBytes(32);
  const nonce = randomBytes(forgery.nonceLength ?? 12);
  const authTagLength = forgery.tagLength ?? 16;
  const gcmCipher = createCipheriv('aes-256-gcm', contentKey, nonce, { authTagLength });
  const ciphertext = Buffer.concat([gcmCipher.update(content), gcmCipher.final()]);
  const nothing = Buffer.alloc(0);
  return sequence(
    oid(forgery.contentInfoType ?? CONTENT_TYPE.authEnvelopedData),
    explicit(
      0,
      sequence(
        integer(forgery.version ?? 0),
        forgery.originatorInfo ?? nothing,
        tlv(TAG.set, ...(forgery.recipientInfos ?? [recipientInfoFor(to, contentKey)])),
        sequence(
          oid(forgery.contentType ?? CONTENT_TYPE.data),
          (forgery.cipher ?? gcm)(nonce),
          tlv(contextTag(0, 'primitive'), ciphertext),
        ),
        forgery.authAttrs ?? nothing,
        octetString(gcmCipher.getAuthTag()),
        forgery.unauthAttrs ?? nothing,
      ),
    ),
  );
}

/** The right RecipientInfo for a peer. */
export function recipientInfoFor(to: TestPeer, contentKey: Uint8Array): Buffer {
  return to.key.kind === 'rsa' ? keyTransport(to, contentKey) : keyAgreement(to, contentKey);
}

/** What can be decided about a KeyAgreeRecipientInfo. */
export interface AgreementForgery {
  readonly version?: number;
  readonly originator?: Buffer;
  readonly originatorAlgorithm?: Buffer;
  /** Writes the ephemeral key's point, given it uncompressed. */
  readonly point?: (uncompressed: Buffer) => Uint8Array;
  readonly ukm?: Buffer;
  readonly management?: Buffer;
  readonly recipient?: Buffer;
  /** Writes the wrapped key, given the right key-encryption key. */
  readonly wrapped?: (wrappingKey: Uint8Array) => Uint8Array;
  /** How many times the RecipientEncryptedKey stands there. */
  readonly copies?: number;
}

/** aes256-wrap as the parameter of a key agreement. */
export const AES256_WRAP = algorithm(ALGORITHM.aes256Wrap);

/** A KeyAgreeRecipientInfo for an EC peer. */
export function keyAgreement(
  to: TestPeer,
  contentKey: Uint8Array,
  forgery: AgreementForgery = {},
): Buffer {
  const curve = to.key.kind === 'p384' ? 'p384' : 'p256';
  const ephemeral = createECDH(curve === 'p384' ? 'secp384r1' : 'prime256v1');
  const point = ephemeral.generateKeys();
  const secret = ephemeral.computeSecret(to.certificate.ecPoint ?? Buffer.alloc(0));
  const wrappingKey = deriveWrappingKey(secret, curve);
  const wrapped = forgery.wrapped?.(wrappingKey) ?? wrapKey(wrappingKey, contentKey);
  const written = forgery.point?.(point) ?? point;
  const originatorKey = explicit(
    1,
    forgery.originatorAlgorithm ?? algorithm(ALGORITHM.ecPublicKey),
    tlv(TAG.bitString, Buffer.of(0), written),
  );
  const kdf = curve === 'p384' ? ALGORITHM.ecdhSha384Kdf : ALGORITHM.ecdhSha256Kdf;
  const encryptedKey = sequence(
    forgery.recipient ?? explicit(0, octetString(keyIdentifierOf(to))),
    octetString(wrapped),
  );
  return explicit(
    1,
    integer(forgery.version ?? 3),
    explicit(0, forgery.originator ?? originatorKey),
    forgery.ukm ?? Buffer.alloc(0),
    forgery.management ?? algorithm(kdf, AES256_WRAP),
    sequence(...Array.from({ length: forgery.copies ?? 1 }, () => encryptedKey)),
  );
}

/** What can be decided about a KeyTransRecipientInfo. */
export interface TransportForgery {
  readonly version?: number;
  readonly management?: Buffer;
  readonly encrypted?: (contentKey: Uint8Array) => Uint8Array;
}

/** RSAES-OAEP's AlgorithmIdentifier with these parameters instead of the profile's. */
export const oaep = (...parameters: readonly Uint8Array[]): Buffer =>
  algorithm(ALGORITHM.rsaOaep, sequence(...parameters));

/** A hash's AlgorithmIdentifier under the tags of RSAES-OAEP-params. */
export const oaepHashes = (hashOid: string): Buffer[] => [
  explicit(0, algorithm(hashOid)),
  explicit(1, algorithm(ALGORITHM.mgf1, algorithm(hashOid))),
];

/** A KeyTransRecipientInfo for an RSA peer. */
export function keyTransport(
  to: TestPeer,
  contentKey: Uint8Array,
  forgery: TransportForgery = {},
): Buffer {
  const { publicKey } = to.certificate;
  const encrypt = forgery.encrypted ?? ((key) => rsaEncrypt(publicKey, 'sha256', key));
  return sequence(
    integer(forgery.version ?? 2),
    tlv(contextTag(0, 'primitive'), keyIdentifierOf(to)),
    forgery.management ?? oaep(...oaepHashes(ALGORITHM.sha256)),
    octetString(encrypt(contentKey)),
  );
}

/** RSAES-OAEP with the given hash for everything. */
export function rsaEncrypt(
  key: TestPeer['certificate']['publicKey'],
  oaepHash: string,
  data: Uint8Array,
): Buffer {
  return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, data);
}

function keyIdentifierOf({ certificate, name }: TestPeer): Uint8Array {
  if (certificate.subjectKeyIdentifier === undefined) throw new Error(`${name} has no identifier`);
  return certificate.subjectKeyIdentifier;
}
