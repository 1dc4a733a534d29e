import { describe, expect, it } from 'vitest';
import { describeCertificate } from '../../src/identity/describe.js';
import { oid, sequence, tlv } from '../../src/asn1/writer.js';
import { parseCertificate } from '../../src/x509/parse.js';
import * as write from '../../src/x509/write-extensions.js';
import { issue } from '../support/issue.js';
import { makeAuthority, makePeer } from '../support/pki.js';
import { describeWithVectors, listVectors, readVector } from '../support/vectors.js';

describe('describing a certificate', () => {
  it('says who it is for, who issued it, what for and until when', async () => {
    const { certificate } = await makePeer('alice', 'p256', {
      subject: 'CN=alice,O=Acme\\, Inc.,C=DE',
      notBefore: Date.UTC(2025, 0, 1),
      notAfter: Date.UTC(2026, 0, 1),
    });
    expect(describeCertificate(certificate)).toEqual({
      subject: 'CN=alice,O=Acme\\, Inc.,C=DE',
      issuer: 'CN=msg sandbox root',
      serial: expect.stringMatching(/^[4-7][0-9a-f]{31}$/) as string,
      notBefore: '2025-01-01T00:00:00.000Z',
      notAfter: '2026-01-01T00:00:00.000Z',
      key: 'EC P-256',
      names: ['uri:msg://alice'],
      keyUsage: ['digitalSignature', 'keyAgreement'],
      extendedKeyUsage: ['emailProtection'],
      isAuthority: false,
      fingerprint: certificate.fingerprint,
      subjectKeyIdentifier: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
  });

  it.each([
    ['p384', 'EC P-384'],
    ['rsa3072', 'RSA 3072'],
  ] as const)('names a %s key', async (kind, expected) => {
    const { certificate } = await makePeer('alice', kind);
    expect(describeCertificate(certificate).key).toBe(expected);
  });

  it('tells an authority', async () => {
    const { root } = await makeAuthority();
    expect(describeCertificate(root)).toMatchObject({
      isAuthority: true,
      keyUsage: ['keyCertSign', 'cRLSign'],
    });
  });

  it('shows addresses and DNS names in their usual spelling', async () => {
    const authority = await makeAuthority();
    const { key } = await makePeer('broker');
    const certificate = await authority.issue({
      subject: 'CN=broker',
      spki: key.spki,
      names: [
        { type: 'dns', value: 'broker.example' },
        { type: 'ip', value: '192.0.2.1' },
        { type: 'ip', value: '2001:db8::1' },
      ],
    });
    expect(describeCertificate(certificate).names).toEqual([
      'dns:broker.example',
      'ip:192.0.2.1',
      'ip:2001:0db8:0000:0000:0000:0000:0000:0001',
    ]);
  });

  it('shows no control character, whatever the certificate holds', async () => {
    const { certificate } = await makePeer('alice', 'p256', { subject: 'CN=\\1b]0\\07' });
    expect(JSON.stringify(describeCertificate(certificate))).not.toMatch(/\\u00/);
  });

  it('works for names and purposes that are malformed', () => {
    const { certificate } = issue({
      subject: Buffer.from('300610040102ffff', 'hex'),
      extensions: [write.extension('551d25', sequence(oid('2a80')))],
    });
    expect(describeCertificate(certificate)).toMatchObject({
      ...{ subject: '#300610040102ffff', issuer: '#300610040102ffff' },
      extendedKeyUsage: ['#2a80'],
    });
  });

  it('does not look into a key that is too large for any use', () => {
    const numbers = sequence(tlv(2, Buffer.alloc(257, 1)), tlv(2, Buffer.alloc(20_000, 1)));
    const rsa = sequence(oid('2a864886f70d010101'), tlv(5));
    const spki = sequence(rsa, tlv(3, Buffer.of(0), numbers));
    const { privateKey } = issue({ subject: 'CN=large' });
    const key = { privateKey, keyType: 'p256', spki } as const;
    expect(describeCertificate(issue({ subject: 'CN=large', key }).certificate).key).toBe(
      'unreadable',
    );
  });
});

describeWithVectors('pkits/certs')('describing the certificates of PKITS', () => {
  it('works for every one that parses', () => {
    const descriptions = listVectors('pkits/certs', '.crt').flatMap((name) => {
      const certificate = parse(readVector('pkits/certs', name));
      return certificate === undefined ? [] : [describeCertificate(certificate)];
    });
    expect(descriptions.length).toBeGreaterThan(390);
    const keys = [...new Set(descriptions.map((one) => one.key))].sort();
    expect(keys).toEqual(['DSA', 'RSA 2048', 'unreadable']);
  });
});

function parse(der: Buffer) {
  try {
    return parseCertificate(der);
  } catch {
    return undefined;
  }
}
