import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDistinguishedName,
  parseDistinguishedName,
} from '../../src/x509/distinguished-name.js';

const again = (text: string): string => formatDistinguishedName(parseDistinguishedName(text));

describe('a distinguished name', () => {
  it('stands in its encoding the other way round: most general first', () => {
    expect(parseDistinguishedName('CN=a,C=DE').toString('hex')).toBe(
      '3019310b3009060355040613024445310a300806035504030c0161',
    );
  });

  it.each([
    'CN=alice,O=Acme,C=DE',
    'UID=jsmith,DC=example,DC=net',
    'CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net',
    'CN=Lučić',
    'CN=\\ blank ends\\ ',
    'CN=\\#hash',
    'CN=a\\+b\\;c\\<d\\>e\\\\',
    'serialNumber=HRB 12345,organizationIdentifier=NTRDE-HRB12345,O=Acme=Co',
    '1.3.6.1.4.1.99999.1=own,O=Acme',
    '',
  ])('comes back as it was written: %s', (text) => {
    expect(again(text)).toBe(text);
  });

  it.each([
    ['cn = alice , o = Acme', 'CN=alice,O=Acme'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'CN=Lučić'],
    ['2.5.4.3=alice', 'CN=alice'],
    ['CN=Before\\0dAfter', 'CN=Before\\0dAfter'],
  ])('is read as RFC 4514 says: %s', (text, expected) => {
    expect(again(text)).toBe(expected);
  });

  it.each([
    ['CN=a+OU=b', /\+/],
    ['FOO=a', /unknown attribute type "FOO"/],
    ['CN', /malformed/],
    ['CN=', /malformed/],
    ['CN=a,', /malformed/],
    [',CN=a', /malformed/],
    ['=a', /malformed/],
    ['CN=a"b', /malformed/],
    ['CN=a;O=b', /malformed/],
    ['CN=a\\', /malformed/],
    ['CN=a\\x', /malformed/],
    ['CN=#0401ff', /malformed/],
    ['CN=\\ff', /malformed/],
    ['CN=a\\00b', /malformed/],
    ['C=Germany', /malformed/],
    ['DC=köln', /malformed/],
    ['/CN=alice', /unknown attribute type/],
  ])('is refused with a usage error: %s', (text, message) => {
    expect(() => parseDistinguishedName(text)).toThrow(message);
    expect(() => parseDistinguishedName(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('never shows a control character', () => {
    const name = parseDistinguishedName('CN=\\1b[2J\\e2\\80\\ae');
    expect(formatDistinguishedName(name)).toBe('CN=\\1b[2J\\e2\\80\\ae');
  });

  it('survives being written and read again, whatever its text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(!value.includes('\0'));
        const hex = Buffer.from(value, 'utf8').toString('hex');
        const encoded = parseDistinguishedName(`CN=${hex.replace(/../g, '\\$&')}`);
        expect(parseDistinguishedName(formatDistinguishedName(encoded))).toEqual(encoded);
      }),
    );
  });
});
