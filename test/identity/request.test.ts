import { expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { createRequest } from '../../src/identity/request.js';
import { KEY_TYPES, generateKey } from '../../src/identity/software-key.js';
import { parseRequest } from '../../src/x509/request.js';
import { describeWithOpenssl, opensslOk } from '../support/openssl.js';
import { makeAuthority } from '../support/pki.js';

const peer = parsePeerName('alice.acme');
const subject = 'CN=alice,O=Acme,C=DE';

function read(der: Uint8Array): string {
  const args = ['req', '-verify', '-noout', '-text', '-nameopt', 'RFC2253'];
  return opensslOk(args, writePem('CERTIFICATE REQUEST', der));
}

describeWithOpenssl('a certificate request, judged by OpenSSL', () => {
  it.each(KEY_TYPES)('is signed by its own %s key', async (type) => {
    expect(read(await createRequest({ subject, peer }, generateKey(type)))).toContain(subject);
  });

  it('asks for the peer as a URI, and for other names after it', async () => {
    const names = { dns: ['acme.example'], email: ['edi@acme.example'] };
    const text = read(await createRequest({ subject, peer, ...names }, generateKey()));
    expect(text).toContain('URI:msg://alice.acme, DNS:acme.example, email:edi@acme.example');
  });

  it.each([
    ['p256', 'Digital Signature, Key Agreement'],
    ['rsa2048', 'Digital Signature, Key Encipherment'],
  ] as const)('asks for the usages of a %s key', async (type, usages) => {
    const text = read(await createRequest({ subject, peer }, generateKey(type)));
    expect(text).toMatch(new RegExp(`Key Usage: critical\\s+${usages}\\n`));
    expect(text).toMatch(/Extended Key Usage:\s+E-mail Protection\n/);
  });

  it('asks for other purposes when told', async () => {
    const purposes = ['emailProtection', 'clientAuth'] as const;
    const text = read(await createRequest({ subject, peer, purposes }, generateKey()));
    expect(text).toContain('E-mail Protection, TLS Web Client Authentication');
  });

  it('gets a certificate with its names from the sandbox authority', async () => {
    const key = generateKey('p384');
    const authority = await makeAuthority();
    const certificate = await authority.issueFor(await createRequest({ subject, peer }, key));
    expect(Buffer.from(certificate.spki)).toEqual(key.spki);
    const text = opensslOk(['x509', '-noout', '-text', '-inform', 'DER'], certificate.der);
    expect(text).toContain('URI:msg://alice.acme');
  });

  it('refuses names that are not ASCII', () => {
    const email = ['jörg@acme.example'];
    expect(() => createRequest({ subject, peer, email }, generateKey())).toThrow(
      /not an ASCII email/,
    );
  });
});

describeWithOpenssl('reading a certificate request', () => {
  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['bytes after it', (der: Buffer) => Buffer.concat([der, Buffer.of(0)])],
    ['a cut-off end', (der: Buffer) => der.subarray(0, -1)],
    ['a spoilt signature', (der: Buffer) => spoil(der)],
  ])('refuses %s', async (_, change) => {
    const der = await createRequest({ subject, peer }, generateKey());
    expect(() => parseRequest(change(der))).toThrow(/not a certificate request/);
  });
});

function spoil(der: Buffer): Buffer {
  const spoilt = Buffer.from(der);
  spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1;
  return spoilt;
}
