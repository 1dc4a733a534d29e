import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Asn1Error } from '../../../src/asn1/reader.js';
import { integer, oid, sequence, setOf, tlv } from '../../../src/asn1/writer.js';
import { parsePeerName } from '../../../src/domain/peer-name.js';
import { NO_ATTRIBUTES, readCsrAttributes } from '../../../src/identity/est/csr-attributes.js';
import { createRenewalRequest, createRequest } from '../../../src/identity/request.js';
import { generateKey } from '../../../src/identity/software-key.js';
import { CertificateError, findExtension } from '../../../src/x509/certificate.js';
import { readExtendedKeyUsage, readSubjectAltName } from '../../../src/x509/extension-values.js';
import { CURVE, EXTENSION, KEY, PURPOSE } from '../../../src/x509/oids.js';
import { EXTENSION_REQUEST, parseRequest } from '../../../src/x509/request.js';
import * as write from '../../../src/x509/write-extensions.js';
import { makePeer } from '../../support/pki.js';

const POLICIES = write.extension(EXTENSION.certificatePolicies, sequence(sequence(oid('2a0304'))));

const attribute = (type: string, ...values: Buffer[]): Buffer => sequence(oid(type), setOf(values));
const extensions = (...list: Buffer[]): Buffer => attribute(EXTENSION_REQUEST, sequence(...list));

describe('what an authority wants requests to be like', () => {
  it('reads the example of RFC 7030, section 4.5.2', () => {
    const example =
      'MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw==';
    expect(readCsrAttributes(Buffer.from(example, 'base64'))).toEqual({
      ...NO_ATTRIBUTES,
      keyTypes: ['p384'],
      wantsChannelBinding: true,
      ignored: ['1.3.6.1.1.1.1.22', '1.2.840.10045.4.3.3'],
    });
  });

  it('may be nothing at all', () => {
    expect(readCsrAttributes(sequence())).toEqual(NO_ATTRIBUTES);
  });

  it.each([
    ['curves in its order', attribute(KEY.ec, oid(CURVE.p256)), ['p256']],
    ['any curve', oid(KEY.ec), ['p256']],
    ['any RSA', oid(KEY.rsa), ['rsa3072']],
    ['RSA of a size, rounded up', attribute(KEY.rsa, integer(2500)), ['rsa3072']],
    ['RSA of a size that msg does not make', attribute(KEY.rsa, integer(16384)), []],
    ['a curve that msg does not use', attribute(KEY.ec, oid(CURVE.p521)), []],
  ])('takes the kind of key from %s', (_, wish, keyTypes) => {
    expect(readCsrAttributes(sequence(wish)).keyTypes).toEqual(keyTypes);
  });

  it('puts extensions that come with values into the request, beside those of msg', async () => {
    const wish = extensions(
      write.extendedKeyUsage(['clientAuth']),
      write.subjectAltName([{ type: 'dns', value: 'registrar.example' }]),
      write.keyUsage(['nonRepudiation']),
      POLICIES,
    );
    const { additions } = readCsrAttributes(sequence(wish));
    const options = { subject: 'CN=a', peer: parsePeerName('acme'), additions };
    const request = parseRequest(await createRequest(options, generateKey()));
    const value = (type: string) => findExtension(request, type)?.value ?? Buffer.of();
    expect([...readExtendedKeyUsage(value(EXTENSION.extKeyUsage))]).toEqual([
      PURPOSE.emailProtection,
      PURPOSE.clientAuth,
    ]);
    expect(readSubjectAltName(value(EXTENSION.subjectAltName))).toEqual([
      { type: 'uri', value: 'msg://acme' },
      { type: 'dns', value: 'registrar.example' },
    ]);
    expect(findExtension(request, EXTENSION.certificatePolicies)).toBeDefined();
    expect(request.extensions).toHaveLength(4);
  });

  it('reads extensions that are only named, as both RFCs spell them, and leaves them to the authority', () => {
    const names = [oid('551d20'), sequence(oid('551d25'))];
    const { additions, ignored } = readCsrAttributes(
      sequence(attribute(EXTENSION_REQUEST, ...names)),
    );
    expect(additions).toEqual(NO_ATTRIBUTES.additions);
    expect(ignored).toEqual(['2.5.29.32', '2.5.29.37']);
  });

  it('is refused when it is no list, never ends or holds an extension twice', () => {
    const many = sequence(...Array.from({ length: 65 }, () => oid(KEY.ec)));
    for (const wrong of [
      integer(1),
      many,
      sequence(integer(1)),
      sequence(oid('2a'), Buffer.of(5)),
    ]) {
      expect(() => readCsrAttributes(wrong)).toThrow(Asn1Error);
    }
    const twice = sequence(extensions(POLICIES, POLICIES));
    expect(() => readCsrAttributes(twice)).toThrow(CertificateError);
  });

  it('never fails in another way, whatever the bytes', () => {
    const valid = sequence(
      extensions(POLICIES, write.extendedKeyUsage(['clientAuth'])),
      oid(KEY.ec),
    );
    const mutated = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Buffer.from(valid);
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 64 }).map(wrapped)), (bytes) => {
        try {
          readCsrAttributes(bytes);
        } catch (error) {
          if (!(error instanceof Asn1Error || error instanceof CertificateError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function wrapped(content: Uint8Array): Buffer {
  return tlv(0x30, content);
}

describe('the request for a renewal', () => {
  it('has the names of the present certificate to the octet, and a new key', async () => {
    const { certificate } = await makePeer('acme', 'p256', { subject: 'O=Acme GmbH,CN=acme' });
    const key = generateKey('p384');
    const request = parseRequest(await createRenewalRequest(certificate, key));
    expect(Buffer.from(request.subject)).toEqual(Buffer.from(certificate.subject));
    const [before, after] = [certificate, request].map((one) =>
      findExtension(one, EXTENSION.subjectAltName),
    );
    expect(after).toEqual(before);
    expect(Buffer.from(request.spki)).toEqual(key.spki);
  });
});
