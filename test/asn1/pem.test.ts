import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPem, writePem } from '../../src/asn1/pem.js';

describe('PEM', () => {
  it('gives back what was written, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (der) => {
        const text = writePem('CERTIFICATE', der);
        expect(readPem(text).map((block) => [...block.der])).toEqual([[...der]]);
        expect(text.split('\n').every((line) => line.length <= 64)).toBe(true);
      }),
    );
  });

  it('finds several blocks between other text, with either line ending', () => {
    const one = writePem('CERTIFICATE', Buffer.of(1)).replaceAll('\n', '\r\n');
    const text = `subject=CN=a\n${one}Bag Attributes\n${writePem('X509 CRL', Buffer.of(2))}end`;
    expect(readPem(text).map(({ label, der }) => [label, der[0]])).toEqual([
      ['CERTIFICATE', 1],
      ['X509 CRL', 2],
    ]);
  });

  it('tells old encrypted keys by their headers', () => {
    const body = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQ==\n';
    const text = `-----BEGIN EC PRIVATE KEY-----\n${body}-----END EC PRIVATE KEY-----\n`;
    expect(readPem(text)).toMatchObject([
      { hasHeaders: true, der: Buffer.of(1), text: text.trim() },
    ]);
  });

  it('refuses a block that is not base64', () => {
    const text = '-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n';
    expect(() => readPem(text)).toThrow(/not base64/);
  });
});
