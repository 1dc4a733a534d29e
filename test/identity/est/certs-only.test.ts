import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Asn1Error } from '../../../src/asn1/reader.js';
import { integer, octetString, oid, sequence, setOf, tlv } from '../../../src/asn1/writer.js';
import { readCertsOnly } from '../../../src/identity/certificate-bundle.js';
import { CertificateError } from '../../../src/x509/certificate.js';
import { parseCertificate } from '../../../src/x509/parse.js';
import { certsOnly } from '../../support/est-server.js';
import { describeWithOpenssl } from '../../support/openssl.js';
import { makeAuthority, makePeer } from '../../support/pki.js';

const authority = await makeAuthority({ intermediate: true });
const { certificate } = await makePeer('acme', 'p256', { authority });
const all = [certificate, ...authority.chain, authority.root];

const DATA = '2a864886f70d010701';
const SIGNED_DATA = '2a864886f70d010702';

interface Parts {
  readonly type?: string;
  readonly version?: number;
  readonly digests?: Buffer;
  readonly content?: Buffer;
  readonly certificates?: Buffer | undefined;
  readonly after?: Buffer;
  readonly signers?: Buffer;
  readonly tail?: Buffer;
}

/** SignedData in whatever shape a server may think of. */
function signedData(parts: Parts = {}): Buffer {
  const certificates = 'certificates' in parts ? parts.certificates : tlv(0xa0, certificate.der);
  const inner = sequence(
    integer(parts.version ?? 1),
    parts.digests ?? setOf([]),
    parts.content ?? sequence(oid(DATA)),
    ...(certificates === undefined ? [] : [certificates]),
    ...(parts.after === undefined ? [] : [parts.after]),
    parts.signers ?? setOf([]),
  );
  return sequence(oid(parts.type ?? SIGNED_DATA), tlv(0xa0, inner), parts.tail ?? Buffer.of());
}

/** The same with indefinite lengths outside the certificates, as streaming writers have it. */
function indefinite(): Buffer {
  const end = Buffer.of(0, 0);
  const open = (tag: number, ...content: Uint8Array[]) =>
    Buffer.concat([Buffer.of(tag, 0x80), ...content, end]);
  const content = open(0x30, oid(DATA));
  const certificates = open(0xa0, certificate.der);
  const inner = open(0x30, integer(1), setOf([]), content, certificates, setOf([]));
  return open(0x30, oid(SIGNED_DATA), open(0xa0, inner));
}

describeWithOpenssl('a certs-only message, written by OpenSSL', () => {
  it('gives its certificates in their order', () => {
    const read = readCertsOnly(certsOnly(all)).map(parseCertificate);
    expect(read.map(({ fingerprint }) => fingerprint)).toEqual(
      all.map(({ fingerprint }) => fingerprint),
    );
  });
});

describe('an answer that should be certs-only', () => {
  it('may have indefinite lengths around its certificates', () => {
    expect(readCertsOnly(indefinite())).toEqual([certificate.der]);
  });

  it('may hold revocation lists, which are left alone', () => {
    expect(readCertsOnly(signedData({ after: tlv(0xa1) }))).toHaveLength(1);
  });

  it.each<[string, Buffer, string]>([
    ['is other content', signedData({ type: DATA }), 'no SignedData'],
    ['has a version of its own', signedData({ version: 9 }), 'version'],
    ['names digests', signedData({ digests: setOf([sequence()]) }), 'digest'],
    ['encapsulates another type', signedData({ content: sequence(oid('2a')) }), 'another type'],
    [
      'has content',
      signedData({ content: sequence(oid(DATA), tlv(0xa0, octetString(Buffer.of(1)))) }),
      'content besides',
    ],
    ['has no certificates', signedData({ certificates: undefined }), 'no certificates'],
    ['is signed', signedData({ signers: setOf([sequence()]) }), 'signed'],
    ['goes on inside', signedData({ tail: integer(1) }), 'after the last'],
    ['goes on after its end', Buffer.concat([signedData(), Buffer.of(0)]), 'after the last'],
    ['ends early', signedData().subarray(0, -3), 'longer than'],
    ['holds other than certificates', signedData({ certificates: tlv(0xa0, integer(1)) }), 'tag'],
    [
      'holds more than any chain has',
      signedData({ certificates: tlv(0xa0, ...Array.from({ length: 65 }, () => sequence())) }),
      'too many',
    ],
    [
      'is nested without end',
      Buffer.concat(Array.from({ length: 5000 }, () => Buffer.of(0x30, 0x80))),
      'deep',
    ],
  ])('is refused when it %s', (_, bytes, reason) => {
    expect(() => readCertsOnly(bytes)).toThrow(new RegExp(reason));
  });

  it('is read or refused, whatever octets are changed', () => {
    const [valid, streamed] = [signedData(), indefinite()];
    const change = fc.record({ at: fc.nat(valid.length - 1), byte: fc.nat(255) });
    const subjects = fc.constantFrom(valid, streamed);
    fc.assert(
      fc.property(subjects, fc.array(change, { minLength: 1, maxLength: 4 }), (base, changes) => {
        const bytes = Buffer.from(base);
        for (const { at, byte } of changes) bytes[at] = byte;
        try {
          readCertsOnly(bytes).map(parseCertificate);
        } catch (error) {
          if (!(error instanceof Asn1Error || error instanceof CertificateError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
