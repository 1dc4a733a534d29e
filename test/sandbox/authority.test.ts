import { statSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import { generateKey } from '../../src/identity/software-key.js';
import { createAuthority, type Authority } from '../../src/sandbox/authority.js';
import { loadAuthority, saveAuthority } from '../../src/sandbox/authority-files.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { suiteDirectory } from '../support/suite-directory.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makeAuthority, makePeer } from '../support/pki.js';

const files = suiteDirectory();
let count = 0;
const put = (content: string | Uint8Array): string => files.put(`${++count}.pem`, content);

function verifyArguments(authority: Authority, ...more: string[]): string[] {
  const anchors = put(certificateToPem(authority.root));
  const chain = authority.chain.map(certificateToPem).join('');
  const untrusted = chain === '' ? [] : ['-untrusted', put(chain)];
  return ['verify', '-x509_strict', '-CAfile', anchors, ...untrusted, ...more];
}

describeWithOpenssl('the sandbox certificate authority, judged by OpenSSL', () => {
  it.each(['p256', 'p384', 'rsa'] as const)(
    'issues %s message certificates that verify strictly for S/MIME signatures',
    async (kind) => {
      const { authority, certificatePem: pem } = await makePeer('alice', kind);
      const args = verifyArguments(authority, '-purpose', 'smimesign', put(pem));
      expect(opensslOk(args)).toContain(': OK');
    },
  );

  it.each(['p256', 'p384', 'rsa'] as const)(
    'issues %s message certificates to which OpenSSL encrypts and whose key decrypts',
    async (kind) => {
      const { certificatePem: pem, keyPem } = await makePeer('alice', kind);
      const [certificate, key] = [put(pem), put(keyPem)];
      const sealed = openssl(['cms', '-encrypt', '-aes256', '-recip', certificate], 'secret');
      const args = ['cms', '-decrypt', '-recip', certificate, '-inkey', key];
      expect(opensslOk(args, sealed.stdout)).toContain('secret');
    },
  );

  it('issues through an intermediate', async () => {
    const authority = await makeAuthority({ intermediate: true });
    const peer = await makePeer('alice', 'p256', { authority });
    expect(opensslOk(verifyArguments(authority, put(peer.certificatePem)))).toContain(': OK');
  });

  it('writes the names, usages and identifiers that RFC 5280 asks for', async () => {
    const { certificatePem: pem } = await makePeer('alice.finance');
    const text = opensslOk(['x509', '-noout', '-text'], pem);
    expect(text).toContain('URI:msg://alice.finance');
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Key Agreement\n/);
    expect(text).toMatch(/Extended Key Usage:\s+E-mail Protection\n/);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Subject Key Identifier:\s+([0-9A-F]{2}:){19}/);
    expect(text).toMatch(/Authority Key Identifier:\s+([0-9A-F]{2}:){19}/);
  });

  it('issues TLS certificates that verify for their host and address', async () => {
    const authority = await makeAuthority();
    const { spki } = generateKey();
    const names = [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ] as const;
    const server = await authority.issue({ subject: 'CN=broker', spki, names, use: 'tls-server' });
    const file = put(certificateToPem(server));
    for (const host of [
      ['-verify_hostname', 'localhost'],
      ['-verify_ip', '127.0.0.1'],
      ['-verify_ip', '::1'],
    ]) {
      const args = verifyArguments(authority, '-purpose', 'sslserver', ...host, file);
      expect(opensslOk(args)).toContain(': OK');
    }
    const client = await authority.issue({ subject: 'CN=alice', spki, use: 'tls-client' });
    const args = verifyArguments(authority, '-purpose', 'sslclient', put(certificateToPem(client)));
    expect(opensslOk(args)).toContain(': OK');
  });

  it('refuses names outside of what the issuer is permitted', async () => {
    const authority = await createAuthority({
      clock: Date.now,
      random: randomBytes,
      intermediate: true,
      permitted: [{ type: 'uri', value: '.acme' }],
    });
    const inside = await makePeer('sales.acme', 'p256', { authority });
    const outside = await makePeer('sales.other', 'p256', { authority });
    expect(opensslOk(verifyArguments(authority, put(inside.certificatePem)))).toContain(': OK');
    const refusal = openssl(verifyArguments(authority, put(outside.certificatePem)));
    expect(refusal.stderr).toContain('permitted subtree violation');
  });

  it('issues for a request made by OpenSSL, keeping its names', async () => {
    const authority = await makeAuthority();
    const key = put(generateKey().privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const csr = openssl([
      ...['req', '-new', '-key', key, '-subj', '/C=DE/O=Acme/CN=bob', '-outform', 'DER'],
      ...['-addext', 'subjectAltName=URI:msg://bob'],
    ]);
    const certificate = await authority.issueFor(csr.stdout);
    const text = opensslOk(['x509', '-noout', '-text'], certificateToPem(certificate));
    expect(text).toContain('Subject: C = DE, O = Acme, CN = bob');
    expect(text).toContain('URI:msg://bob');
  });

  it('refuses a request whose signature does not fit its key', async () => {
    const authority = await makeAuthority();
    const key = put(generateKey().privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const { stdout } = openssl(['req', '-new', '-key', key, '-subj', '/CN=bob', '-outform', 'DER']);
    const forged = Buffer.from(stdout);
    forged[forged.indexOf('bob')] = 0x63;
    await expect(authority.issueFor(forged)).rejects.toThrow(/signature does not fit/);
  });

  it('publishes CRLs by which OpenSSL refuses a revoked certificate and accepts the others', async () => {
    const authority = await makeAuthority({ intermediate: true });
    const good = await makePeer('alice', 'p256', { authority });
    const bad = await makePeer('mallory', 'p256', { authority });
    authority.revoke(bad.certificate, 'keyCompromise');
    const crls = put((await authority.crls()).map((der) => writePem('X509 CRL', der)).join(''));
    const check = (pem: string): string[] =>
      verifyArguments(authority, '-crl_check_all', '-CRLfile', crls, put(pem));
    expect(opensslOk(check(good.certificatePem))).toContain(': OK');
    expect(openssl(check(bad.certificatePem)).stderr).toContain('certificate revoked');
    const text = opensslOk(['crl', '-noout', '-text', '-in', crls]);
    expect(text).toContain('Key Compromise');
    expect(text).toMatch(/CRL Number:\s+1\n/);
  });

  it('goes on after a restart with the same keys, revocations and CRL numbers', async () => {
    const authority = await makeAuthority({ intermediate: true });
    const peer = await makePeer('alice', 'p256', { authority });
    authority.revoke(peer.certificate, 'superseded');
    await authority.crls();
    const directory = join(files.path, 'ca');
    saveAuthority(authority, directory);
    const again = loadAuthority(directory, { clock: Date.now, random: randomBytes });
    expect(again.root.fingerprint).toBe(authority.root.fingerprint);
    expect(again.state.revoked).toEqual(authority.state.revoked);
    const [crl = Buffer.alloc(0)] = await again.crls();
    const text = opensslOk(['crl', '-inform', 'DER', '-noout', '-text'], crl);
    expect(text).toMatch(/CRL Number:\s+2\n/);
    expect(statSync(join(directory, 'root.key')).mode & 0o777).toBe(0o600);
  });
});
