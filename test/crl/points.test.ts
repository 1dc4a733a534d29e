import { describe, expect, it } from 'vitest';
import { contextTag } from '../../src/asn1/values.js';
import { sequence, tlv } from '../../src/asn1/writer.js';
import { deltaSourcesOf, sourcesOf } from '../../src/crl/points.js';
import * as write from '../../src/x509/write-extensions.js';
import { issue } from '../support/issue.js';

const uri = (text: string): Buffer => tlv(contextTag(6, 'primitive'), Buffer.from(text));
const full = (...names: Buffer[]): Buffer =>
  tlv(contextTag(0, 'constructed'), tlv(contextTag(0, 'constructed'), ...names));
const point = (...fields: Buffer[]): Buffer => sequence(...fields);
const reasons = (bits: number): Buffer => tlv(contextTag(1, 'primitive'), Buffer.of(0, bits));
const DISTRIBUTION_POINTS = '551d1f';
const FRESHEST_CRL = '551d2e';

function certificateWith(oid: string, ...points: Buffer[]) {
  return issue({ subject: 'CN=x', extensions: [write.extension(oid, sequence(...points))] })
    .certificate;
}

const complete = (...points: Buffer[]) =>
  sourcesOf(certificateWith(DISTRIBUTION_POINTS, ...points));

describe('the distribution points of a certificate', () => {
  it('are one list where they cover all reasons, with addresses that stand for each other', () => {
    const twice = [
      full(uri('http://a.example/1'), uri('http://b.example/1')),
      full(uri('http://c')),
    ];
    expect(complete(...twice.map((name) => point(name)))).toEqual([
      { kind: 'complete', urls: ['http://a.example/1', 'http://b.example/1', 'http://c/'] },
    ]);
  });

  it('are lists of their own where each covers some reasons', () => {
    const [some, others] = [reasons(0x60), reasons(0x1f)];
    const points = [
      point(full(uri('http://a/some')), some),
      point(full(uri('http://a/others')), others),
    ];
    expect(complete(...points).map(({ urls }) => urls)).toEqual([
      ['http://a/some'],
      ['http://a/others'],
    ]);
  });

  it.each([
    'ldap://directory.example/cn=x?certificateRevocationList',
    'file:///etc/passwd',
    'ftp://a.example/list.crl',
    'data:,list',
    'http://user:secret@a.example/list.crl',
    'http://',
    'not an address',
    `http://a.example/${'x'.repeat(3000)}`,
  ])('are passed over where they are not plain http: %s', (text) => {
    expect(complete(point(full(uri(text))))).toEqual([]);
    expect(
      complete(point(full(uri(text), uri('https://a.example/')))).map(({ urls }) => urls),
    ).toEqual([['https://a.example/']]);
  });

  it('are bounded in number', () => {
    const many = Array.from({ length: 50 }, (_, index) => uri(`http://a.example/${index}`));
    expect(complete(point(full(...many)))[0]?.urls).toHaveLength(4);
    const partial = many.map((name) => point(full(name), reasons(0x40)));
    expect(complete(...partial)).toHaveLength(4);
  });

  it('are none where there are none, or where they cannot be read', () => {
    const without = issue({ subject: 'CN=x' }).certificate;
    expect(sourcesOf(without)).toEqual([]);
    const malformed = write.extension(DISTRIBUTION_POINTS, Buffer.of(0x30, 0x80));
    expect(sourcesOf(issue({ subject: 'CN=x', extensions: [malformed] }).certificate)).toEqual([]);
  });

  it('name delta lists in an extension of their own', () => {
    const certificate = certificateWith(FRESHEST_CRL, point(full(uri('http://a.example/delta'))));
    const expected = [{ kind: 'delta', urls: ['http://a.example/delta'] }];
    expect(sourcesOf(certificate)).toEqual(expected);
    expect(deltaSourcesOf(certificate)).toEqual(expected);
  });
});
