import { Asn1Error } from '../asn1/reader.js';
import { oidToDotted } from '../asn1/object-identifier.js';

/** Object identifiers of CMS, as the hexadecimal digits of their contents. */

/** Content types (RFC 5652, RFC 5083, RFC 2634). */
export const CONTENT_TYPE = {
  data: '2a864886f70d010701',
  signedData: '2a864886f70d010702',
  authEnvelopedData: '2a864886f70d0109100117',
  receipt: '2a864886f70d0109100101',
} as const;

/**
 * Attributes. The msg header's is 2.25.97360314351507444127231473462492810845: the arc of UUIDs
 * (X.667), here 493eea1b-6413-424f-8be5-2cc3ddec4e5d, which needs no registration.
 */
export const ATTRIBUTE = {
  contentType: '2a864886f70d010903',
  messageDigest: '2a864886f70d010904',
  signingTime: '2a864886f70d010905',
  signingCertificateV2: '2a864886f70d010910022f',
  algorithmProtection: '2a864886f70d010934',
  receiptRequest: '2a864886f70d0109100201',
  msgSigDigest: '2a864886f70d0109100205',
  header: '698192bef586ecc19a899f8bf2cb98bdefb19c5d',
} as const;

/** Digests, signatures, content encryption and key management. */
export const ALGORITHM = {
  sha256: '608648016503040201',
  sha384: '608648016503040202',
  ecdsaWithSha256: '2a8648ce3d040302',
  ecdsaWithSha384: '2a8648ce3d040303',
  rsaEncryption: '2a864886f70d010101',
  sha256WithRsa: '2a864886f70d01010b',
  rsaPss: '2a864886f70d01010a',
  rsaOaep: '2a864886f70d010107',
  mgf1: '2a864886f70d010108',
  pSpecified: '2a864886f70d010109',
  ecPublicKey: '2a8648ce3d0201',
  aes256Gcm: '60864801650304012e',
  aes256Wrap: '60864801650304012d',
  ecdhSha256Kdf: '2b8104010b01',
  ecdhSha384Kdf: '2b8104010b02',
} as const;

/** Names for what senders are most likely to use instead, so that a refusal says what came. */
const NAMES: Readonly<Record<string, string>> = {
  [CONTENT_TYPE.data]: 'data',
  [CONTENT_TYPE.signedData]: 'signedData',
  '2a864886f70d010703': 'envelopedData',
  '2a864886f70d010705': 'digestedData',
  '2a864886f70d010706': 'encryptedData',
  '2a864886f70d0109100102': 'authenticatedData',
  '2a864886f70d0109100109': 'compressedData',
  [CONTENT_TYPE.authEnvelopedData]: 'authEnvelopedData',
  [CONTENT_TYPE.receipt]: 'receipt',
  '2a864886f70d0307': 'des-ede3-cbc',
  '2a864886f70d0302': 'rc2-cbc',
  '2b0e030207': 'des-cbc',
  '608648016503040102': 'aes128-cbc',
  '608648016503040116': 'aes192-cbc',
  '60864801650304012a': 'aes256-cbc',
  '608648016503040106': 'aes128-gcm',
  '60864801650304011a': 'aes192-gcm',
  [ALGORITHM.aes256Gcm]: 'aes256-gcm',
  '608648016503040105': 'aes128-wrap',
  '608648016503040119': 'aes192-wrap',
  [ALGORITHM.aes256Wrap]: 'aes256-wrap',
  '2a864886f70d0109100306': 'des-ede3-wrap',
  '2b81051086483f0002': 'dhSinglePass-stdDH-sha1kdf',
  [ALGORITHM.ecdhSha256Kdf]: 'dhSinglePass-stdDH-sha256kdf',
  [ALGORITHM.ecdhSha384Kdf]: 'dhSinglePass-stdDH-sha384kdf',
  '2b8104010b03': 'dhSinglePass-stdDH-sha512kdf',
  [ALGORITHM.rsaEncryption]: 'rsaEncryption',
  [ALGORITHM.rsaOaep]: 'rsaesOaep',
  [ALGORITHM.rsaPss]: 'rsassaPss',
  '2a864886f70d010105': 'sha1WithRSAEncryption',
  [ALGORITHM.sha256WithRsa]: 'sha256WithRSAEncryption',
  '2a864886f70d01010c': 'sha384WithRSAEncryption',
  '2a864886f70d01010d': 'sha512WithRSAEncryption',
  [ALGORITHM.ecdsaWithSha256]: 'ecdsa-with-SHA256',
  [ALGORITHM.ecdsaWithSha384]: 'ecdsa-with-SHA384',
  '2a8648ce3d040304': 'ecdsa-with-SHA512',
  '2b0e03021a': 'sha1',
  '2a864886f70d0205': 'md5',
  [ALGORITHM.sha256]: 'sha256',
  [ALGORITHM.sha384]: 'sha384',
  '608648016503040203': 'sha512',
  [ATTRIBUTE.contentType]: 'contentType',
  [ATTRIBUTE.messageDigest]: 'messageDigest',
  [ATTRIBUTE.signingTime]: 'signingTime',
  [ATTRIBUTE.signingCertificateV2]: 'signingCertificateV2',
  [ATTRIBUTE.algorithmProtection]: 'cmsAlgorithmProtection',
  [ATTRIBUTE.receiptRequest]: 'receiptRequest',
  [ATTRIBUTE.msgSigDigest]: 'msgSigDigest',
  [ATTRIBUTE.header]: 'the msg header',
};

/** An object identifier for people: its name where it has one here, else its numbers. */
export function describeOid(contentHex: string): string {
  const name = NAMES[contentHex];
  if (name !== undefined) return name;
  try {
    return oidToDotted(contentHex);
  } catch (error) {
    if (error instanceof Asn1Error) return `the malformed object identifier ${contentHex}`;
    throw error;
  }
}
