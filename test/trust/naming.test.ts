import { describe, expect, it } from 'vitest';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { oid, sequence, tlv } from '../../src/asn1/writer.js';
import { oidFromDotted } from '../../src/asn1/object-identifier.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import {
  namesPeer,
  parseNamingPolicy,
  parsePeerNamingPolicy,
  type NamingPolicy,
} from '../../src/trust/naming.js';
import * as write from '../../src/x509/write-extensions.js';
import { issue } from '../support/issue.js';

const acme = parsePeerName('acme');
const uris = (...values: string[]): write.AltName[] =>
  values.map((value) => ({ type: 'uri', value }));
const dns = (...values: string[]): write.AltName[] =>
  values.map((value) => ({ type: 'dns', value }));

/** `ok`, or the reason why the certificate does not name acme. */
function judge(
  policy: string | NamingPolicy,
  names: write.AltName[] | Buffer,
  subject = 'CN=acme',
): string {
  const alternative = Buffer.isBuffer(names) ? names : write.subjectAltName(names);
  const hasNames = Buffer.isBuffer(names) || names.length > 0;
  const { certificate } = issue({ subject, extensions: hasNames ? [alternative] : [] });
  const parsed = typeof policy === 'string' ? parseNamingPolicy(policy) : policy;
  const verdict = namesPeer(certificate, acme, parsed);
  return verdict.ok ? 'ok' : verdict.reason;
}

describe('the policy uri', () => {
  it.each([
    [uris('msg://acme'), 'ok'],
    [uris('MSG://ACME'), 'ok'],
    [uris('msg://acme', 'https://acme.example/'), 'ok'],
    [uris('msg://acme2'), 'other-peer'],
    [uris('msg://acme/'), 'other-peer'],
    [uris('msg://acme:1'), 'other-peer'],
    [uris('msg://x@acme'), 'other-peer'],
    [uris('msg://acme.'), 'other-peer'],
    [uris('msg://*'), 'other-peer'],
    [uris('msg://acme', 'msg://globex'), 'ambiguous'],
    [uris('msg://acme', 'msg://acme'), 'ambiguous'],
    [uris('msg:acme'), 'absent'],
    [dns('acme'), 'absent'],
    [[], 'absent'],
  ])('%j: %s', (names, expected) => {
    expect(judge('uri:msg://{name}', names)).toBe(expected);
  });

  it('keeps the case of what follows the host', () => {
    expect(judge('uri:https://C.example/{name}', uris('https://c.EXAMPLE/acme'))).toBe('ok');
    expect(judge('uri:https://c.example/{name}', uris('https://c.example/Acme'))).toBe(
      'other-peer',
    );
  });

  it('is not fooled by a zero byte', () => {
    const value = tlv(contextTag(6, 'primitive'), Buffer.from('msg://acme\0'));
    expect(judge('uri:msg://{name}', write.extension('551d11', sequence(value)))).toBe(
      'other-peer',
    );
  });

  it('says so when the names cannot be read', () => {
    expect(judge('uri:msg://{name}', write.extension('551d11', Buffer.of(1)))).toBe('malformed');
  });
});

describe('the policy dns', () => {
  it.each([
    [dns('acme.peers.example'), 'ok'],
    [dns('ACME.peers.EXAMPLE'), 'ok'],
    [dns('acme.peers.example', 'www.acme.example'), 'ok'],
    [dns('*.peers.example'), 'other-peer'],
    [dns('acme.peers.example', '*.peers.example'), 'ambiguous'],
    [dns('x.acme.peers.example'), 'other-peer'],
    [dns('acme.peers.example.evil.test'), 'absent'],
  ])('%j: %s', (names, expected) => {
    expect(judge('dns:{name}.peers.example', names)).toBe(expected);
  });
});

describe('the policy other-name', () => {
  const other = (tag: number, text: string, dotted = '1.3.6.1.4.1.99999.1'): Buffer => {
    const value = tlv(contextTag(0, 'constructed'), tlv(tag, Buffer.from(text)));
    return tlv(contextTag(0, 'constructed'), oid(oidFromDotted(dotted)), value);
  };
  const named = (...names: Buffer[]): Buffer => write.extension('551d11', sequence(...names));

  it.each([
    [named(other(TAG.utf8String, 'acme')), 'ok'],
    [named(other(TAG.utf8String, 'Acme')), 'other-peer'],
    [named(other(TAG.ia5String, 'acme')), 'other-peer'],
    [named(other(TAG.utf8String, 'acme'), other(TAG.utf8String, 'globex')), 'ambiguous'],
    [named(other(TAG.utf8String, 'acme', '1.3.6.1.4.1.99999.2')), 'absent'],
  ])('case %#: %s', (extension, expected) => {
    expect(judge('other-name:1.3.6.1.4.1.99999.1', extension)).toBe(expected);
  });

  it('takes a template', () => {
    const extension = named(other(TAG.utf8String, 'urn:peer:acme'));
    expect(judge('other-name:1.3.6.1.4.1.99999.1:urn:peer:{name}', extension)).toBe('ok');
  });
});

describe('the policy subject', () => {
  it.each([
    ['CN=acme,O=Peers,C=DE', 'ok'],
    ['CN=Acme,O=Peers,C=DE', 'other-peer'],
    ['CN=acme,O=Peers', 'other-peer'],
    ['CN=acme,OU=x,O=Peers,C=DE', 'other-peer'],
    ['CN=acme\\,O=Peers,C=DE', 'other-peer'],
    ['CN=\u0430cme,O=Peers,C=DE', 'other-peer'],
  ])('%s: %s', (subject, expected) => {
    expect(judge('subject:CN={name},O=Peers,C=DE', [], subject)).toBe(expected);
  });
});

describe('the policy organisation', () => {
  it.each([
    ['CN=x,O=acme', 'ok'],
    ['CN=x,O=ACME', 'other-peer'],
    ['O=acme,O=globex', 'ambiguous'],
    ['CN=acme', 'absent'],
  ])('%s: %s', (subject, expected) => {
    expect(judge('organisation:{name}', [], subject)).toBe(expected);
  });
});

describe('the policy for a single peer', () => {
  const acmeNames: [string, write.AltName[], string, string][] = [
    ['uri:https://acme.example/msg', uris('https://ACME.example/msg'), 'CN=x', 'ok'],
    ['uri:https://acme.example/msg', uris('https://acme.example/msg2'), 'CN=x', 'absent'],
    ['uri:msg://{name}', uris('msg://acme'), 'CN=x', 'ok'],
    ['dns:seal.acme.example', dns('www.acme.example', 'Seal.acme.example'), 'CN=x', 'ok'],
    ['dns:seal.acme.example', dns('seal.acme.example.evil.test'), 'CN=x', 'absent'],
    ['dns:seal.acme.example', dns('*.acme.example'), 'CN=x', 'absent'],
    ['subject:CN=Seals,O=Acme AG,C=CH', [], 'CN=Seals,O=Acme AG,C=CH', 'ok'],
    ['subject:CN=Seals,O=Acme AG,C=CH', [], 'CN=Seals,O=Acme AG,C=DE', 'other-peer'],
    ['organisation:Acme AG', [], 'CN=x,O=Acme AG', 'ok'],
    ['organisation:Acme AG', [], 'CN=x,O=Acme', 'other-peer'],
  ];
  it.each(acmeNames)('%s, with %j and %s: %s', (policy, names, subject, expected) => {
    expect(judge(parsePeerNamingPolicy(policy), names, subject)).toBe(expected);
  });

  it.each(['uri:', 'dns:', 'organisation:', 'subject:', 'other-name:1.2.3:', 'uri:x:{name}{name}'])(
    'is not %j',
    (text) => {
      expect(() => parsePeerNamingPolicy(text)).toThrow(MsgError);
    },
  );
});

it.each([
  '',
  'cn:{name}',
  'uri:{name}',
  'uri:msg://',
  'dns:{name}.{name}',
  'other-name:x',
  'subject:{name}',
  'subject:CN={name}+O=x',
])('the setting %j is refused', (text) => {
  expect(() => parseNamingPolicy(text)).toThrow(MsgError);
});
