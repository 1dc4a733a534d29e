import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequence, tlv } from '../../src/asn1/writer.js';
import { contextTag } from '../../src/asn1/values.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { namesPeer } from '../../src/trust/naming.js';
import { validatePath } from '../../src/trust/validate-path.js';
import { CertificateError, type Certificate } from '../../src/x509/certificate.js';
import { parseCrl, type RevocationList } from '../../src/x509/crl.js';
import { parseCertificate } from '../../src/x509/parse.js';
import * as write from '../../src/x509/write-extensions.js';
import {
  ca,
  issue,
  messageExtensions,
  NOW,
  revocationList,
  type Issued,
} from '../support/issue.js';

const uri = tlv(contextTag(6, 'primitive'), Buffer.from('acme'));
const subtree = tlv(contextTag(0, 'constructed'), sequence(uri));
const root = ca({ subject: 'CN=Root,O=Consortium' });
const middle = ca({
  subject: 'CN=CA,O=Consortium',
  issuer: root,
  pathLength: 0,
  extensions: [
    write.extension('551d1e', sequence(subtree), true),
    write.extension('551d20', sequence(sequence(Buffer.from('06022a03', 'hex')))),
    write.crlDistributionPoints(['http://crl.example/a']),
  ],
});
const leaf = issue({
  subject: 'CN=acme',
  issuer: middle,
  extensions: [
    ...messageExtensions([{ type: 'uri', value: 'msg://acme' }]),
    write.extendedKeyUsage(['emailProtection']),
    write.authorityKeyIdentifier(Buffer.alloc(20, 1)),
  ],
});
const acme = parsePeerName('acme');
const crls = [
  revocationList({ issuer: root }),
  revocationList({ issuer: middle, revoked: [{ certificate: root.certificate }] }),
];

/** Changes, removes or inserts a few octets anywhere. */
const edits = fc.array(
  fc.record({
    at: fc.nat(),
    octet: fc.nat({ max: 255 }),
    kind: fc.constantFrom('set', 'flip', 'insert', 'delete', 'cut'),
  }),
  { minLength: 1, maxLength: 4 },
);

type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

function mutate(der: Uint8Array, changes: Edits): Buffer {
  return changes.reduce((bytes, { at, octet, kind }) => {
    const index = at % Math.max(1, bytes.length);
    const [before, after] = [bytes.subarray(0, index), bytes.subarray(index + 1)];
    switch (kind) {
      case 'set':
        return Buffer.concat([before, Buffer.of(octet), after]);
      case 'flip':
        return Buffer.concat([before, Buffer.of((bytes[index] ?? 0) ^ (1 << (octet & 7))), after]);
      case 'insert':
        return Buffer.concat([before, Buffer.of(octet), bytes.subarray(index)]);
      case 'delete':
        return Buffer.concat([before, after]);
      case 'cut':
        return Buffer.from(before);
    }
  }, Buffer.from(der));
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}

function judge(
  certificate: Certificate,
  intermediate: Certificate,
  lists: readonly RevocationList[],
): boolean {
  namesPeer(certificate, acme, { kind: 'uri', template: 'msg://{name}' });
  namesPeer(certificate, acme, { kind: 'subject', template: 'CN={name}' });
  return validatePath({
    certificate,
    intermediates: [intermediate],
    anchors: [root.certificate],
    crls: lists,
    time: NOW,
    revocation: 'require',
  }).ok;
}

const good = [leaf.certificate, middle.certificate] as const;
const RUNS = { numRuns: 5000 };

describe('whatever is changed', () => {
  it('nothing here is refused as long as nothing is changed', () => {
    expect(judge(...good, crls)).toBe(true);
  });

  it('in a certificate, it is refused, and never with another error', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const der = mutate(leaf.certificate.der, changes);
        const certificate = parsed(() => parseCertificate(der));
        if (certificate === undefined || der.equals(leaf.certificate.der)) return;
        expect(judge(certificate, middle.certificate, crls)).toBe(false);
      }),
      RUNS,
    );
  });

  it('in an issuer, it is refused, and never with another error', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const der = mutate(middle.certificate.der, changes);
        const certificate = parsed(() => parseCertificate(der));
        if (certificate === undefined || der.equals(middle.certificate.der)) return;
        expect(judge(leaf.certificate, certificate, crls)).toBe(false);
      }),
      RUNS,
    );
  });

  it('in a revocation list, it vouches for nothing, and never with another error', () => {
    fc.assert(
      fc.property(edits, fc.constantFrom(0, 1), (changes, index) => {
        const original = crls[index]?.der ?? Buffer.alloc(0);
        const der = mutate(original, changes);
        const list = parsed(() => parseCrl(der));
        if (list === undefined || der.equals(original)) return;
        const lists = crls.map((crl, at) => (at === index ? list : crl));
        expect(judge(...good, lists)).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('extensions that their CA has signed', () => {
  const oids = [
    ...['551d0e', '551d0f', '551d11', '551d13', '551d1e', '551d1f', '551d20', '551d21'],
    ...['551d23', '551d24', '551d25', '551d36', '551d12', '551d2e'],
  ];
  const values = [...leaf.certificate.extensions, ...middle.certificate.extensions].map(
    ({ value }) => value,
  );

  it('may hold anything: the answer is a verdict, in leaf and issuer', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...oids), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...values),
        edits,
        (chosen, value, changes) => {
          const hostile = chosen.map((oid) => write.extension(oid, mutate(value, changes)));
          const make = (subject: string, issuer: Issued): Issued | undefined =>
            parsed(() => issue({ subject, issuer, extensions: hostile }));
          const issuer = make('CN=h', root);
          const target = issuer && make('CN=t', issuer);
          if (target) judge(target.certificate, issuer.certificate, crls);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
