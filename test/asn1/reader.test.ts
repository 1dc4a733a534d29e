import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Asn1Error,
  Asn1Reader,
  contentOf,
  encodingOf,
  MAX_DEPTH,
  readSingle,
  type EncodingRules,
} from '../../src/asn1/reader.js';
import { header, nest, sequence, tlv } from '../../src/asn1/writer.js';

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

function readAll(digits: string, rules: EncodingRules = 'der'): string {
  const source = hex(digits);
  const element = new Asn1Reader(source, rules).take();
  if (element.end !== source.length) throw new Asn1Error('not the whole');
  return Buffer.from(contentOf(element)).toString('hex');
}

describe('what the writer writes', () => {
  it('the reader reads, at every size of the length octets', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 16_777_215, 16_777_216]) {
      const content = Buffer.alloc(length, 7);
      const written = tlv(0x04, content);
      const element = readSingle(written, 0x04);
      expect(element.contentEnd - element.contentStart).toBe(length);
      expect(header(0x04, length)).toEqual(written.subarray(0, written.length - length));
    }
  });

  it('is the same whether nested or concatenated at once', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
        const members = parts.map((part) => tlv(0x04, part));
        const nested = nest(0x31, nest(0x30, members));
        expect(Buffer.concat(nested)).toEqual(tlv(0x31, sequence(...members)));
      }),
    );
  });

  it('comes apart into what it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
        const whole = sequence(...parts.map((part) => tlv(0x04, part)));
        const reader = new Asn1Reader(whole).enter(0x30);
        const read = parts.map(() => Buffer.from(contentOf(reader.take(0x04))));
        reader.finish();
        expect(read).toEqual(parts.map((part) => Buffer.from(part)));
      }),
    );
  });
});

describe('the reader', () => {
  const malformed: readonly [string, string, RegExp][] = [
    ['nothing', '', /end too early/],
    ['a tag alone', '30', /end too early/],
    ['a length that is not there', '30 82 01', /end too early/],
    ['a content that is not there', '04 02 00', /longer than what holds it/],
    ['a tag of several octets', '1f 81 01 00', /multi-byte tags/],
    ['a length in one octet too many', '04 81 01 00', /not minimal/],
    ['a length with a leading zero', `04 82 00 80 ${'00'.repeat(128)}`, /not minimal/],
    ['a length of six octets', '04 86 00 00 00 00 00 01 00', /absurd length/],
    ['the reserved length', '04 ff', /absurd length/],
    ['an indefinite length', '30 80 00 00', /not DER/],
  ];

  it.each(malformed)('refuses %s in DER', (_name, digits, message) => {
    expect(() => readAll(digits)).toThrow(message);
    expect(() => readAll(digits)).toThrow(Asn1Error);
  });

  it('takes lengths in any form in BER', () => {
    expect(readAll('04 81 01 aa', 'ber')).toBe('aa');
    expect(readAll('04 84 00 00 00 01 aa', 'ber')).toBe('aa');
    expect(readAll('30 80 04 01 aa 00 00', 'ber')).toBe('0401aa');
    expect(readAll('30 80 30 80 00 00 04 00 00 00', 'ber')).toBe('308000000400');
  });

  it('refuses indefinite lengths that are not closed, or not of constructed elements', () => {
    expect(() => readAll('30 80 04 01 aa', 'ber')).toThrow(/end too early/);
    expect(() => readAll('30 80 00', 'ber')).toThrow(/end too early/);
    expect(() => readAll('30 80 00 01 00', 'ber')).toThrow(/malformed end of contents/);
    expect(() => readAll('04 80 00 00', 'ber')).toThrow(/on a primitive element/);
  });

  it('stops at the end of the element it is in, not at the end of the bytes', () => {
    const reader = new Asn1Reader(hex('30 03 04 01 aa 04 01 bb')).enter(0x30);
    reader.take(0x04);
    expect(reader.done).toBe(true);
    expect(() => reader.take()).toThrow(/end too early/);
    expect(() => new Asn1Reader(hex('30 02 04 01 aa')).enter(0x30).take()).toThrow(/longer than/);
  });

  it('says which tag it expected and which it found', () => {
    expect(() => new Asn1Reader(hex('04 00')).take(0x30)).toThrow('expected tag 0x30, found 0x04');
  });

  it('enters constructed elements only', () => {
    const reader = new Asn1Reader(hex('04 02 05 00'));
    expect(() => reader.into(reader.take())).toThrow(/expected a constructed element/);
  });

  it('finishes only at the end', () => {
    const reader = new Asn1Reader(hex('05 00 05 00'));
    reader.take();
    expect(() => {
      reader.finish();
    }).toThrow(/after the last element/);
    expect(() => readSingle(hex('05 00 00'), 0x05)).toThrow(/after the last element/);
  });

  it('goes down to a fixed depth', () => {
    const descend = (depth: number): void => {
      let bytes: Buffer = Buffer.of(5, 0);
      for (let level = 0; level < depth; level++) bytes = sequence(bytes);
      let reader = new Asn1Reader(bytes);
      while (reader.peek() === 0x30) reader = reader.enter(0x30);
      reader.take(0x05);
    };
    descend(MAX_DEPTH);
    expect(() => {
      descend(MAX_DEPTH + 1);
    }).toThrow(/nested too deeply/);
  });

  it('throws nothing but its own error, whatever the bytes', () => {
    const rules = fc.constantFrom('der' as const, 'ber' as const);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), rules, (bytes, chosen) => {
        try {
          const element = new Asn1Reader(bytes, chosen).take();
          expect(encodingOf(element).length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Asn1Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
