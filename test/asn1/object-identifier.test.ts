import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oidFromDotted, oidToDotted } from '../../src/asn1/object-identifier.js';

describe('object identifiers', () => {
  it.each([
    ['2.5.4.3', '550403'],
    ['1.2.840.113549.1.9.16.1.23', '2a864886f70d010910' + '0117'],
    ['2.999.3', '883703'],
    ['0.9.2342.19200300.100.1.25', '0992268993f22c640119'],
    ['2.25.329800735698586629295641978511506172918', '6983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776'],
  ])('%s is encoded as %s and read back', (dotted, hex) => {
    expect(oidFromDotted(dotted)).toBe(hex);
    expect(oidToDotted(hex)).toBe(dotted);
  });

  it.each(['', '1', '3.1', '1.40', '1.2.', '1.02', '1.2.x', '-1.2'])('%j is none', (text) => {
    expect(() => oidFromDotted(text)).toThrow(/not an object identifier/);
  });

  it.each(['', '80', '2a80', '2a8001'])('the octets %j are refused', (hex) => {
    expect(() => oidToDotted(hex)).toThrow();
  });

  it('survive the way there and back', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 120n }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(2), fc.nat(39), arcs, (first, second, rest) => {
        const dotted = [first, second, ...rest].join('.');
        expect(oidToDotted(oidFromDotted(dotted))).toBe(dotted);
      }),
    );
  });
});
