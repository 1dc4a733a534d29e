import { describe, expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { certificateToPem, readCertificates, readCrls } from '../../src/x509/pem.js';
import { ca, revocationList } from '../support/issue.js';

const [a, b] = [ca({ subject: 'CN=a' }), ca({ subject: 'CN=b' })];
const [pemA, pemB] = [a, b].map(({ certificate }) => certificateToPem(certificate));
const crl = revocationList({ issuer: a });
const read = (text: string): string[] =>
  readCertificates(Buffer.from(text)).map(({ fingerprint }) => fingerprint);

describe('a file of certificates', () => {
  it('may be PEM with several, and text between them', () => {
    const fingerprints = [a, b].map(({ certificate }) => certificate.fingerprint);
    expect(read(`subject=a\n${pemA}\r\nsubject=b\n${pemB}`)).toEqual(fingerprints);
  });

  it('may be one in DER', () => {
    expect(readCertificates(a.certificate.der)).toHaveLength(1);
  });

  it.each([
    ['a block that has no end', (pemA ?? '').slice(0, -10)],
    ['a private key', `${pemA ?? ''}${writePem('PRIVATE KEY', Buffer.of(1))}`],
    ['a block that is not base64', (pemA ?? '').replace('M', '*')],
    ['a block that is no certificate', writePem('CERTIFICATE', Buffer.of(0x30, 0))],
    ['nothing of the kind', 'hello'],
    ['nothing at all', ''],
  ])('with %s is refused', (_, text) => {
    expect(() => read(text)).toThrow(CertificateError);
  });
});

describe('a file of revocation lists', () => {
  it('may be PEM or DER', () => {
    expect(readCrls(Buffer.from(writePem('X509 CRL', crl.der)))).toHaveLength(1);
    expect(readCrls(crl.der)).toHaveLength(1);
  });

  it('with a certificate is refused', () => {
    expect(() => readCrls(Buffer.from(pemA ?? ''))).toThrow('found "CERTIFICATE"');
  });
});
