import { describe, expect, it } from 'vitest';
import { oidToDotted } from '../../src/asn1/object-identifier.js';
import { ALGORITHM, ATTRIBUTE, CONTENT_TYPE, describeOid } from '../../src/envelope/oids.js';

/** As the documents that define them print them. */
const DOTTED = {
  contentType: {
    data: '1.2.840.113549.1.7.1',
    signedData: '1.2.840.113549.1.7.2',
    authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
    receipt: '1.2.840.113549.1.9.16.1.1',
  },
  attribute: {
    contentType: '1.2.840.113549.1.9.3',
    messageDigest: '1.2.840.113549.1.9.4',
    signingTime: '1.2.840.113549.1.9.5',
    signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
    algorithmProtection: '1.2.840.113549.1.9.52',
    receiptRequest: '1.2.840.113549.1.9.16.2.1',
    msgSigDigest: '1.2.840.113549.1.9.16.2.5',
    header: `2.25.${BigInt('0x493eea1b6413424f8be52cc3ddec4e5d')}`,
  },
  algorithm: {
    sha256: '2.16.840.1.101.3.4.2.1',
    sha384: '2.16.840.1.101.3.4.2.2',
    ecdsaWithSha256: '1.2.840.10045.4.3.2',
    ecdsaWithSha384: '1.2.840.10045.4.3.3',
    rsaEncryption: '1.2.840.113549.1.1.1',
    sha256WithRsa: '1.2.840.113549.1.1.11',
    rsaPss: '1.2.840.113549.1.1.10',
    rsaOaep: '1.2.840.113549.1.1.7',
    mgf1: '1.2.840.113549.1.1.8',
    pSpecified: '1.2.840.113549.1.1.9',
    ecPublicKey: '1.2.840.10045.2.1',
    aes256Gcm: '2.16.840.1.101.3.4.1.46',
    aes256Wrap: '2.16.840.1.101.3.4.1.45',
    ecdhSha256Kdf: '1.3.132.1.11.1',
    ecdhSha384Kdf: '1.3.132.1.11.2',
  },
};

const dotted = (table: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([name, hex]) => [name, oidToDotted(hex)]));

describe('the object identifiers', () => {
  it('are the ones that the documents define', () => {
    expect({
      contentType: dotted(CONTENT_TYPE),
      attribute: dotted(ATTRIBUTE),
      algorithm: dotted(ALGORITHM),
    }).toEqual(DOTTED);
  });

  it('are told to people by name, by number, or as malformed', () => {
    expect(describeOid('2a864886f70d0307')).toBe('des-ede3-cbc');
    expect(describeOid('2a03')).toBe('1.2.3');
    expect(describeOid('2a80')).toBe('the malformed object identifier 2a80');
  });
});
