import { MsgError } from '../errors.js';

/**
 * Why an envelope was refused; part of what the ledger keeps and of the `--json` contract.
 *
 * - `too-large`: more bytes than the limit
 * - `malformed`: not the expected ASN.1, or bytes left over
 * - `content-type`: something other than authEnvelopedData outside or signedData inside
 * - `cipher`: any content encryption but AES-256-GCM with a 12-byte nonce and a 16-byte tag
 * - `key-management`: a recipient info outside the profile
 * - `profile`: a version or an optional part that the profile does not have
 * - `not-for-us`: no recipient info names one of our certificates
 * - `undecryptable`: every failure that depends on a private key or on the content key
 * - `signers`: not exactly one signer
 * - `signer-certificate`: the signer's certificate is absent, or cannot be used
 * - `signature-algorithm`: a digest or signature algorithm outside the profile
 * - `signed-attributes`: missing, doubled, unsorted or contradicting signed attributes
 * - `signature`: the signature is wrong
 * - `content`: the payload could be mistaken for signed attributes
 * - `header`: the signed header breaks its own rules
 * - `header-mismatch`: the signed header contradicts the envelope that carries it
 * - `manifest`: a large payload's manifest breaks its own rules or contradicts the header
 * - `encoding`: an encoded payload is not what was declared, above all larger
 * - `not-addressed`: the signed header does not name the certificate that opened the envelope
 * - `receipt`: a receipt's content is malformed, or does not fit the message it is about
 */
export type RefusalReason =
  | 'too-large'
  | 'malformed'
  | 'content-type'
  | 'cipher'
  | 'key-management'
  | 'profile'
  | 'not-for-us'
  | 'undecryptable'
  | 'signers'
  | 'signer-certificate'
  | 'signature-algorithm'
  | 'signed-attributes'
  | 'signature'
  | 'content'
  | 'header'
  | 'header-mismatch'
  | 'manifest'
  | 'encoding'
  | 'not-addressed'
  | 'receipt';

/** An envelope that is not opened, for good: the same bytes will never be accepted. */
export class EnvelopeRefused extends MsgError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, cause?: unknown) {
    super('message-refused', message, { cause });
    this.reason = reason;
  }
}

/**
 * The one refusal for whatever fails with a private key or a content key. It carries neither detail
 * nor cause, so that nobody who sends forged envelopes learns how far they came.
 */
export function undecryptable(): EnvelopeRefused {
  return new EnvelopeRefused('undecryptable', 'the message cannot be decrypted');
}
