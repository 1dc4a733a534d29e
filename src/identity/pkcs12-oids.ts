/** Object identifiers of PKCS#12 (RFC 7292), as the hexadecimal digits of their contents. */

/** id-data (RFC 5652, section 4). */
export const DATA = '2a864886f70d010701';

/** id-encryptedData (RFC 5652, section 8). */
export const ENCRYPTED_DATA = '2a864886f70d010706';

/** The certBag type x509Certificate (RFC 7292, section 4.2.3). */
export const X509_CERTIFICATE = '2a864886f70d01091601';

/** Bag types (RFC 7292, section 4.2). */
export const BAG = {
  key: '2a864886f70d010c0a0101',
  shroudedKey: '2a864886f70d010c0a0102',
  certificate: '2a864886f70d010c0a0103',
  safeContents: '2a864886f70d010c0a0106',
} as const;
