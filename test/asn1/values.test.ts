import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Asn1Reader, readElement, type Element } from '../../src/asn1/reader.js';
import {
  booleanOf,
  integerContent,
  oidOf,
  smallInteger,
  takeOctets,
  timeOf,
  wholeBitString,
} from '../../src/asn1/values.js';
import { integer, oid, setOf, time, tlv } from '../../src/asn1/writer.js';

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

function element(bytes: Uint8Array): Element {
  return readElement(bytes, 0, { end: bytes.length, rules: 'der', depth: 0 });
}

const textOf = (tag: number, text: string): Element => element(tlv(tag, Buffer.from(text)));

describe('a time', () => {
  it('is read as it was written, in whole seconds, in this century and beyond', () => {
    const seconds = fc.integer({
      min: Date.UTC(1950, 0, 1) / 1000,
      max: Date.UTC(9999, 0, 1) / 1000,
    });
    fc.assert(
      fc.property(seconds, fc.nat({ max: 999 }), (second, millisecond) => {
        expect(timeOf(element(time(second * 1000 + millisecond)))).toBe(second * 1000);
      }),
    );
  });

  it('changes its form in 2050', () => {
    expect(time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1')).toBe(
      '\x17\x0d491231235959Z',
    );
    expect(time(Date.UTC(2050, 0, 1)).toString('latin1')).toBe('\x18\x0f20500101000000Z');
  });

  it.each([
    '260231000000Z',
    '261301000000Z',
    '260100000000Z',
    '260101240000Z',
    '260101006000Z',
    '260101000060Z',
  ])('is refused when there is none such: %s', (text) => {
    expect(() => timeOf(textOf(0x17, text))).toThrow(/does not exist/);
  });

  it.each([
    '2601010000Z',
    '260101000000',
    '260101000000+0000',
    '26010100000aZ',
    '',
    '-60101000000Z',
  ])('is refused in another form: %j', (text) => {
    expect(() => timeOf(textOf(0x17, text))).toThrow(/malformed time/);
  });
});

describe('a time of the first century', () => {
  it('is refused rather than taken for one of the last', () => {
    expect(() => timeOf(textOf(0x18, '00700101000000Z'))).toThrow(/does not exist/);
  });
});

describe('octets', () => {
  it('are put together from pieces in BER', () => {
    const take = (digits: string, tag?: number): string =>
      Buffer.from(takeOctets(new Asn1Reader(hex(digits), 'ber'), tag)).toString('hex');
    expect(take('04 02 aabb')).toBe('aabb');
    expect(take('24 80 04 01 aa 04 00 04 01 bb 00 00')).toBe('aabb');
    expect(take('24 06 04 01 aa 04 01 bb')).toBe('aabb');
    expect(take('a0 80 04 01 aa 00 00', 0x80)).toBe('aa');
    expect(take('24 80 00 00')).toBe('');
  });

  it('are in one piece in DER', () => {
    const reader = new Asn1Reader(hex('24 03 04 01 aa'));
    expect(() => takeOctets(reader)).toThrow(/expected tag 0x04/);
  });

  it('are refused in pieces of another type', () => {
    const reader = new Asn1Reader(hex('24 03 02 01 aa'), 'ber');
    expect(() => takeOctets(reader)).toThrow(/expected tag 0x04/);
  });
});

describe('integers', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.nat(), (value) => {
        expect(smallInteger(element(integer(value)))).toBe(value);
      }),
    );
  });

  it.each(['02 00', '02 02 00 7f', '02 02 ff 80'])('are refused when not minimal: %s', (digits) => {
    expect(() => integerContent(element(hex(digits)))).toThrow(/integer/);
  });

  it.each(['02 01 ff', '02 05 01 00 00 00 00', '02 04 80 00 00 00'])(
    'are no small ones when negative or long: %s',
    (digits) => {
      expect(() => smallInteger(element(hex(digits)))).toThrow(/out of its range/);
    },
  );
});

describe('other values', () => {
  it('are sets in the order of DER, whatever order their members came in', () => {
    const members = fc.array(fc.uint8Array({ maxLength: 4 }).map((content) => tlv(0x04, content)));
    fc.assert(
      fc.property(members, (some) => {
        expect(setOf([...some].reverse())).toEqual(setOf(some));
      }),
    );
  });

  it('are object identifiers, compared by their contents', () => {
    expect(oidOf(element(oid('2a864886f70d010701')))).toBe('2a864886f70d010701');
    expect(() => oidOf(element(hex('06 00')))).toThrow(/absurd object identifier/);
    expect(() => oidOf(element(tlv(0x06, Buffer.alloc(65, 1))))).toThrow(/absurd/);
  });

  it('are booleans of DER', () => {
    expect([booleanOf(element(hex('01 01 ff'))), booleanOf(element(hex('01 01 00')))]).toEqual([
      true,
      false,
    ]);
    expect(() => booleanOf(element(hex('01 01 01')))).toThrow(/malformed boolean/);
  });

  it('are bit strings of whole octets', () => {
    expect(Buffer.from(wholeBitString(element(hex('03 02 00 aa'))))).toEqual(hex('aa'));
    expect(() => wholeBitString(element(hex('03 02 01 aa')))).toThrow(/unused bits/);
    expect(() => wholeBitString(element(hex('03 00')))).toThrow(/unused bits/);
  });
});
