import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { exportDer, exportPem, exportPkcs12 } from '../../src/identity/export.js';
import { readMaterial } from '../../src/identity/import.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { makeAuthority, makePeer } from '../support/pki.js';

const authority = await makeAuthority({ intermediate: true });
const peers = {
  p256: await makePeer('alice', 'p256', { authority }),
  rsa: await makePeer('bob', 'rsa', { authority }),
};
const passphrase = 'pä€ss wörd';

function inputFor(kind: keyof typeof peers) {
  const { certificate, chain, key } = peers[kind];
  return { certificate, chain, privateKey: key.privateKey, passphrase, random: randomBytes };
}

describeWithOpenssl('an export, judged by OpenSSL', () => {
  it.each(['p256', 'rsa'] as const)(
    'as PKCS#12 gives back the %s key and its chain',
    async (kind) => {
      const p12 = await exportPkcs12(inputFor(kind), 'mein Schlüssel');
      const { stdout, stderr } = openssl(
        ['pkcs12', '-nodes', '-info', '-passin', `pass:${passphrase}`],
        p12,
      );
      expect(stdout.toString()).toContain('friendlyName: mein Schl');
      expect(stdout.toString().match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      expect(stdout.toString().match(/localKeyID/g)).toHaveLength(2);
      expect(stderr).toContain('MAC: sha256');
      expect(stderr.match(/AES-256-CBC, Iteration 600000, PRF hmacWithSHA256/g)).toHaveLength(2);
      const spki = openssl(['pkey', '-pubout', '-outform', 'DER'], stdout).stdout;
      expect(spki).toEqual(peers[kind].key.spki);
    },
  );

  it('as PKCS#12 comes back through our own import', async () => {
    const bytes = await exportPkcs12(inputFor('p256'));
    const material = await readMaterial([{ name: 'x', bytes }], () => Promise.resolve(passphrase));
    expect(material.key?.spki).toEqual(peers.p256.key.spki);
    expect(material.certificates?.chain).toHaveLength(1);
  });

  it('as PKCS#12 without a key holds certificates only', async () => {
    const { certificate, chain } = peers.p256;
    const p12 = await exportPkcs12({ certificate, chain, passphrase, random: randomBytes });
    const text = opensslOk(['pkcs12', '-nodes', '-passin', `pass:${passphrase}`], p12);
    expect(text).not.toContain('PRIVATE KEY');
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('as PEM holds the key only when asked, and then encrypted', async () => {
    const { certificate, chain } = peers.p256;
    expect(await exportPem({ certificate, chain, random: randomBytes })).not.toContain(
      'PRIVATE KEY',
    );
    const pem = await exportPem(inputFor('p256'));
    expect(pem).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const spki = openssl(
      ['pkey', '-passin', `pass:${passphrase}`, '-pubout', '-outform', 'DER'],
      pem,
    );
    expect(spki.stdout).toEqual(peers.p256.key.spki);
  });

  it('as DER is the certificate', () => {
    const text = opensslOk(['x509', '-inform', 'DER', '-noout', '-subject'], exportDer(peers.p256));
    expect(text).toContain('CN = alice');
  });

  it('never lets a key out without a passphrase', async () => {
    const input = { ...inputFor('p256'), passphrase: undefined };
    await expect(exportPem(input)).rejects.toMatchObject({ code: 'passphrase' });
    await expect(exportPkcs12(input)).rejects.toMatchObject({ code: 'passphrase' });
  });
});
