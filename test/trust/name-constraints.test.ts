import { describe, expect, it } from 'vitest';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { oid, sequence, setOf, tlv } from '../../src/asn1/writer.js';
import { matchesSubtree } from '../../src/trust/subtrees.js';
import type { GeneralName } from '../../src/x509/general-name.js';
import * as write from '../../src/x509/write-extensions.js';
import { ca, issue, messageExtensions } from '../support/issue.js';
import { judge } from './judge.js';

type Text = Extract<GeneralName, { type: 'dns' | 'email' | 'uri' }>['type'];

describe('a subtree', () => {
  it.each<[Text, string, string, string]>([
    ['dns', 'example.com', 'example.com', 'inside'],
    ['dns', 'a.b.EXAMPLE.com', 'example.COM', 'inside'],
    ['dns', 'notexample.com', 'example.com', 'outside'],
    ['dns', 'example.com', '.example.com', 'outside'],
    ['dns', 'a.example.com', '.example.com', 'inside'],
    ['dns', 'anything.test', '', 'inside'],
    ['dns', '*.example.com', 'example.com', 'inside'],
    ['dns', '*.example.com', 'secret.example.com', 'unclear'],
    ['dns', 'example.com.', 'example.com', 'unclear'],
    ['dns', 'exam\0ple.com', 'com', 'unclear'],
    ['dns', '', 'example.com', 'unclear'],
    ['email', 'a@example.com', 'example.com', 'inside'],
    ['email', 'a@EXAMPLE.com', 'example.com', 'inside'],
    ['email', 'a@b.example.com', 'example.com', 'outside'],
    ['email', 'a@b.example.com', '.example.com', 'inside'],
    ['email', 'a@example.com', '.example.com', 'outside'],
    ['email', 'a@example.com', 'a@example.com', 'inside'],
    ['email', 'A@example.com', 'a@example.com', 'outside'],
    ['email', '"a@evil.test"@example.com', 'example.com', 'unclear'],
    ['email', 'a@evil.test@example.com', 'example.com', 'unclear'],
    ['email', 'example.com', 'example.com', 'unclear'],
    ['uri', 'msg://acme', 'acme', 'inside'],
    ['uri', 'https://u:p@host.example:8443/x', 'host.example', 'inside'],
    ['uri', 'https://host.example', '.example', 'inside'],
    ['uri', 'https://example', '.example', 'outside'],
    ['uri', 'https://a.host.example', 'host.example', 'outside'],
    ['uri', 'https://evil.test\\@host.example/', 'host.example', 'unclear'],
    ['uri', 'https://10.0.0.1/', '.1', 'unclear'],
    ['uri', 'urn:a:b', 'a', 'unclear'],
    ['uri', 'https://[::1]/', '.example', 'unclear'],
  ])('of type %s: %s in %j is %s', (type, value, base, expected) => {
    expect(matchesSubtree({ type, value }, { type, value: base })).toBe(expected);
  });

  it.each([
    ['0a000001', '0a000000ff000000', 'inside'],
    ['0b000001', '0a000000ff000000', 'outside'],
    ['0a000001', '0a000000ff00ff00', 'unclear'],
    ['0a0000', '0a000000ff000000', 'unclear'],
    [
      '20010db8'.padEnd(32, '0'),
      '20010db8'.padEnd(32, '0') + 'f'.repeat(8).padEnd(32, '0'),
      'inside',
    ],
    ['0a000001', '00'.repeat(32), 'outside'],
  ])('of IP addresses: %s in %s is %s', (address, base, expected) => {
    const ip = (hex: string): GeneralName => ({ type: 'ip', value: Buffer.from(hex, 'hex') });
    expect(matchesSubtree(ip(address), ip(base))).toBe(expected);
  });
});

const excluded = (...names: Buffer[]): Buffer => {
  const subtrees = names.map((name) => sequence(name));
  return write.extension('551d1e', sequence(tlv(contextTag(1, 'constructed'), ...subtrees)), true);
};
const permitted = (...names: Buffer[]): Buffer => {
  const subtrees = names.map((name) => sequence(name));
  return write.extension('551d1e', sequence(tlv(contextTag(0, 'constructed'), ...subtrees)), true);
};
const uri = (text: string): Buffer => tlv(contextTag(6, 'primitive'), Buffer.from(text));
const email = (text: string): Buffer => tlv(contextTag(1, 'primitive'), Buffer.from(text));
const directory = (name: Uint8Array): Buffer => tlv(contextTag(4, 'constructed'), name);

const root = ca({ subject: 'CN=Root' });

function under(constraints: Buffer, subject: string, names: write.AltName[]): string {
  const limited = ca({ subject: 'O=Acme', issuer: root, extensions: [constraints] });
  const target = issue({ subject, issuer: limited, extensions: messageExtensions(names) });
  return judge({ target, anchors: [root], intermediates: [limited] });
}

describe('an issuer under name constraints', () => {
  it.each([
    [[{ type: 'uri', value: 'msg://acme' }], 'ok'],
    [[{ type: 'uri', value: 'msg://globex' }], 'name-constraints'],
    [
      [
        { type: 'uri', value: 'msg://acme' },
        { type: 'uri', value: 'msg://x' },
      ],
      'name-constraints',
    ],
    [[{ type: 'dns', value: 'unconstrained.example' }], 'ok'],
    [[], 'ok'],
  ] as const)('may issue only what is permitted (%#)', (names, expected) => {
    expect(under(permitted(uri('acme')), 'CN=x', [...names])).toBe(expected);
  });

  it('may not issue what is excluded', () => {
    const names = [{ type: 'uri', value: 'msg://a.globex' } as const];
    expect(under(excluded(uri('.globex')), 'CN=x', names)).toBe('name-constraints');
  });

  it('may not issue what cannot be told from the excluded', () => {
    const names = [{ type: 'uri', value: 'urn:a:b' } as const];
    expect(under(excluded(uri('.globex')), 'CN=x', names)).toBe('name-constraints');
  });

  it('is held to them for an e-mail address in the subject as well', () => {
    const subject = 'CN=x,emailAddress=a@evil.test';
    expect(under(permitted(email('acme.test')), subject, [])).toBe('name-constraints');
    expect(under(permitted(email('evil.test')), subject, [])).toBe('ok');
  });

  it('is held to them for the subject', () => {
    const acme = directory(issue({ subject: 'O=ACME' }).certificate.subject);
    expect(under(permitted(acme), 'CN=x,O=Acme', [])).toBe('ok');
    expect(under(permitted(acme), 'CN=x,O=Acme Two', [])).toBe('name-constraints');
    expect(under(excluded(acme), 'CN=x,O=aCme', [])).toBe('name-constraints');
  });

  it('is held to those of every issuer above, the anchor included', () => {
    const both = permitted(uri('acme'), uri('globex'));
    const anchor = ca({ subject: 'CN=A', extensions: [permitted(uri('globex'))] });
    const below = ca({ subject: 'CN=B', issuer: anchor, extensions: [both] });
    const verdicts = ['acme', 'globex', 'initech'].map((name) => {
      const extensions = messageExtensions([{ type: 'uri', value: `msg://${name}` }]);
      const target = issue({ subject: 'CN=x', issuer: below, extensions });
      return judge({ target, anchors: [anchor], intermediates: [below] });
    });
    expect(verdicts).toEqual(['name-constraints', 'ok', 'name-constraints']);
  });

  it('is refused quickly when names times constraints are too many', () => {
    const many = Array.from({ length: 700 }, (_, i) => uri(`host${i}.example`));
    const names = Array.from({ length: 700 }, (_, i) => ({
      type: 'uri' as const,
      value: `https://host${i}.example`,
    }));
    expect(under(permitted(...many), 'CN=x', names)).toBe('too-complex');
  });

  it('may have 1500 subtrees above a subject of 2000 parts', () => {
    const part = (text: string): Buffer =>
      setOf([sequence(oid('550403'), tlv(TAG.utf8String, Buffer.from(text)))]);
    const subtrees = Array.from({ length: 1500 }, (_, i) => directory(sequence(part(`no ${i}`))));
    const limited = ca({ subject: 'O=Acme', issuer: root, extensions: [excluded(...subtrees)] });
    const subject = sequence(...Array.from({ length: 2000 }, (_, i) => part(`ÄÖ ${i}`)));
    const target = issue({ subject, issuer: limited, extensions: messageExtensions() });
    expect(judge({ target, anchors: [root], intermediates: [limited] })).toBe('ok');
  });

  it('is refused when a subtree has a minimum', () => {
    const subtree = sequence(uri('acme'), tlv(contextTag(0, 'primitive'), Buffer.of(1)));
    const value = sequence(tlv(contextTag(0, 'constructed'), subtree));
    expect(under(write.extension('551d1e', value, true), 'CN=x', [])).toBe('no-issuer');
  });
});
