import { beforeAll, describe, expect, it } from 'vitest';
import { certificateFrom } from '../../src/envelope/certificate-memory.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { makePeer, type TestPeer } from '../support/pki.js';

let peer: TestPeer;

beforeAll(async () => {
  peer = await makePeer('acme');
});

describe('the memory of certificates', () => {
  it('reads the same bytes once', () => {
    const first = certificateFrom(peer.certificate.der);
    expect(certificateFrom(Buffer.from(peer.certificate.der))).toBe(first);
  });

  it('keeps a copy, so that its bytes do not change with a message', () => {
    const der = Buffer.concat([peer.certificate.der]);
    const { fingerprint } = certificateFrom(der);
    der.fill(0);
    expect(certificateFrom(peer.certificate.der).fingerprint).toBe(fingerprint);
    expect(certificateFrom(peer.certificate.der).der).toEqual(peer.certificate.der);
  });

  it('remembers nothing that is not a certificate', () => {
    expect(() => certificateFrom(Buffer.from('x'))).toThrow(CertificateError);
    expect(() => certificateFrom(Buffer.from('x'))).toThrow(CertificateError);
  });

  it('forgets the oldest when there are too many', async () => {
    const remembered = certificateFrom(peer.certificate.der);
    for (let count = 0; count < 256; count++) {
      const { der } = await peer.authority.issue({ subject: `CN=c${count}`, spki: peer.key.spki });
      certificateFrom(der);
    }
    expect(certificateFrom(peer.certificate.der)).not.toBe(remembered);
  });
});
