import { describe, expect, it } from 'vitest';
import { TAG } from '../../src/asn1/values.js';
import { oid, sequence, setOf, tlv } from '../../src/asn1/writer.js';
import { isSameName } from '../../src/x509/name.js';

type Value = string | readonly [tag: number, content: string | Buffer];

const attribute = (type: string, value: Value): Buffer => {
  const [tag, content] = typeof value === 'string' ? [TAG.utf8String, value] : value;
  return sequence(oid(type), tlv(tag, Buffer.from(content)));
};
const cn = (value: Value): Buffer => sequence(setOf([attribute('550403', value)]));
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('two names', () => {
  it.each<[string, Value, Value]>([
    ['case', 'Acme GmbH', 'ACME gmbh'],
    ['case beyond ASCII', 'Straße Ä', 'STRASSE ä'],
    ['runs of white space', ' Acme \t GmbH ', 'Acme GmbH'],
    ['string types', [TAG.printableString, 'Acme'], [TAG.utf8String, 'acme']],
    ['UTF-16', [TAG.bmpString, utf16('Acmé')], 'ACMÉ'],
    ['UTF-32', [0x1c, Buffer.from('0001f600', 'hex')], '😀'],
    ['composition', 'e\u0301', '\u00e9'],
    ['invisible characters', 'Ac\u00adme', 'Acme'],
  ])('are the same whatever their %s', (_, a, b) => {
    expect(isSameName(cn(a), cn(b))).toBe(true);
  });

  it.each<[string, Value, Value]>([
    ['letters', 'Acme', 'Acne'],
    ['scripts', 'acme', '\u0430cme'],
    ['words', 'Acme GmbH', 'AcmeGmbH'],
    ['types that are no text', [TAG.octetString, 'a'], [TAG.octetString, 'A']],
    ['characters in a type whose alphabet nobody knows', [TAG.teletexString, 'a'], 'a'],
    ['broken UTF-8', [TAG.utf8String, Buffer.of(0xff)], [TAG.utf8String, Buffer.of(0xfe)]],
  ])('differ by %s', (_, a, b) => {
    expect(isSameName(cn(a), cn(b))).toBe(false);
  });

  it('differ by order, but not by the order within one RDN', () => {
    const [x, y] = [attribute('550403', 'x'), attribute('55040a', 'y')];
    const rdns = (...sets: Buffer[]): Buffer => sequence(...sets);
    expect(isSameName(rdns(setOf([x]), setOf([y])), rdns(setOf([y]), setOf([x])))).toBe(false);
    expect(isSameName(rdns(tlv(TAG.set, x, y)), rdns(tlv(TAG.set, y, x)))).toBe(true);
    expect(isSameName(rdns(setOf([x, y])), rdns(setOf([x]), setOf([y])))).toBe(false);
  });
});
