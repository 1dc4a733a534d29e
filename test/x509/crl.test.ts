import { describe, expect, it } from 'vitest';
import { TAG } from '../../src/asn1/values.js';
import { tlv } from '../../src/asn1/writer.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { MAX_CRL_SIZE, parseCrl, serialKey } from '../../src/x509/crl.js';
import * as write from '../../src/x509/write-extensions.js';
import { ca, issue, NOW, revocationList } from '../support/issue.js';

const root = ca({ subject: 'CN=Root' });
const { certificate } = issue({ subject: 'CN=x', issuer: root });

describe('a revocation list', () => {
  it('has its entries by serial number, each with its reason', () => {
    const list = revocationList({ issuer: root, revoked: [{ certificate, reason: 4 }] });
    expect(list.revoked.get(serialKey(certificate.serial))).toMatchObject([
      { reason: 'superseded', issuer: undefined, hasUnknownCritical: false },
    ]);
  });

  it('may be empty, and may lack the time of the next', () => {
    const list = revocationList({ issuer: root, nextUpdate: null, thisUpdate: NOW });
    expect(list).toMatchObject({ thisUpdate: NOW, nextUpdate: undefined, revoked: new Map() });
  });

  it.each([
    ['a reason that does not exist', { revoked: [{ certificate, reason: 11 }] }],
    ['an extension twice', { extensions: [write.extension('551d14', tlv(TAG.integer))] }],
    [
      'a certificate issuer without a name',
      {
        revoked: [{ certificate, extensions: [write.extension('551d1d', tlv(TAG.sequence))] }],
      },
    ],
  ])('with %s is refused', (_, options) => {
    expect(() => revocationList({ issuer: root, ...options })).toThrow(CertificateError);
  });

  it('with bytes after it is refused', () => {
    const { der } = revocationList({ issuer: root });
    expect(() => parseCrl(Buffer.concat([der, Buffer.of(0)]))).toThrow(CertificateError);
  });

  it('that is too large is refused before it is read', () => {
    expect(() => parseCrl(Buffer.alloc(MAX_CRL_SIZE + 1))).toThrow('too many');
  });
});
