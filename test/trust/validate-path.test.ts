import { describe, expect, it } from 'vitest';
import { validatePath } from '../../src/trust/validate-path.js';
import { explainRefusal } from '../../src/trust/verdict.js';
import { oid, sequence, tlv } from '../../src/asn1/writer.js';
import { parseCertificate } from '../../src/x509/parse.js';
import * as write from '../../src/x509/write-extensions.js';
import {
  ca,
  caExtensions,
  issue,
  messageExtensions,
  NOW,
  type IssuerKeyType,
} from '../support/issue.js';
import { judge } from './judge.js';

const root = ca({ subject: 'CN=Root' });
const intermediate = ca({ subject: 'CN=Intermediate', issuer: root });
const leafOptions = { subject: 'CN=leaf', extensions: messageExtensions() };
const leaf = issue({ ...leafOptions, issuer: intermediate });
const good = { anchors: [root], intermediates: [intermediate] };

describe('a path', () => {
  it('leads from the certificate to the anchor, with the time it holds', () => {
    const verdict = validatePath({
      certificate: leaf.certificate,
      intermediates: [intermediate.certificate],
      anchors: [root.certificate],
      crls: [],
      revocation: 'if-available',
      time: NOW,
    });
    expect(verdict).toMatchObject({
      ok: true,
      path: [leaf.certificate, intermediate.certificate, root.certificate],
      validFrom: leaf.certificate.notBefore,
      revocationChecked: false,
    });
  });

  it.each<IssuerKeyType>(['p256', 'p384', 'p521', 'ed25519', 'rsa', 'rsa-pss'])(
    'may be signed with %s keys',
    (keyType) => {
      const anchor = ca({ subject: 'CN=Root', keyType });
      const middle = ca({ subject: 'CN=Middle', issuer: anchor, keyType });
      const target = issue({ ...leafOptions, issuer: middle });
      expect(judge({ target, anchors: [anchor], intermediates: [middle] })).toBe('ok');
    },
  );

  it('is refused without the intermediate certificate', () => {
    expect(judge({ target: leaf, anchors: [root] })).toBe('no-issuer');
  });

  it('is refused when it leads to another root of the same name', () => {
    const other = ca({ subject: 'CN=Root' });
    expect(judge({ ...good, target: leaf, anchors: [other] })).toBe('signature');
  });

  it('may be the anchor itself, but an anchor that is no CA vouches for nobody else', () => {
    const pinned = issue({ ...leafOptions, subject: 'CN=pinned' });
    const child = issue({ ...leafOptions, issuer: pinned });
    expect(judge({ target: pinned, anchors: [pinned] })).toBe('ok');
    const notCa = issue({
      subject: 'CN=End',
      extensions: [write.basicConstraints({ ca: false })],
    });
    expect(judge({ target: child, anchors: [pinned] })).toBe('not-a-ca');
    const grandchild = issue({ ...leafOptions, issuer: notCa });
    expect(judge({ target: grandchild, anchors: [notCa] })).toBe('not-a-ca');
  });

  it('says which certificate is at fault', () => {
    const expired = ca({ subject: 'CN=Old', issuer: root, notAfter: NOW - 1000 });
    const target = issue({ ...leafOptions, issuer: expired });
    const verdict = validatePath({
      certificate: target.certificate,
      intermediates: [expired.certificate],
      anchors: [root.certificate],
      crls: [],
      revocation: 'if-available',
      time: NOW,
    });
    if (verdict.ok) throw new Error('accepted');
    expect(explainRefusal(verdict)).toBe('CN=Old: it expired on 2026-06-01T11:59:59Z');
  });
});

/** Faults of a path in the order in which they are told, whichever certificate has them. */
const FAULTS = ['not-a-ca', 'expired', 'weak-key', 'key-usage'] as const;

describe('a path with several faults', () => {
  const refusedFor = (faults: readonly (typeof FAULTS)[number][]) => {
    const has = (fault: (typeof FAULTS)[number]): boolean => faults.includes(fault);
    const extensions = [
      write.basicConstraints({ ca: !has('not-a-ca') }),
      write.keyUsage([has('key-usage') ? 'digitalSignature' : 'keyCertSign']),
    ];
    const middle = issue({
      ...{ subject: 'CN=Middle', issuer: root, extensions },
      ...{ keyType: has('weak-key') ? 'rsa-1024' : 'p256' },
      ...(has('expired') ? { notAfter: NOW - 5_000 } : {}),
    });
    const target = issue({ ...leafOptions, issuer: middle });
    return judge({ target, anchors: [root], intermediates: [middle] });
  };

  it.each(FAULTS.map((fault, index) => [fault, FAULTS.slice(index)] as const))(
    'is refused for %s before what comes after it',
    (fault, faults) => {
      expect(refusedFor(faults)).toBe(fault);
    },
  );

  it('is refused for itself though another fault is nearer to the anchor', () => {
    const old = ca({ subject: 'CN=Old', issuer: root, notAfter: NOW - 5_000 });
    const extensions = [...messageExtensions(), write.extension('2a0304', Buffer.of(5, 0), true)];
    const target = issue({ ...leafOptions, issuer: old, extensions });
    expect(judge({ target, anchors: [root], intermediates: [old] })).toBe('critical-extension');
  });

  it('is told as a whole where only something else is wrong with it', () => {
    const verdict = validatePath({
      ...{ certificate: leaf.certificate, intermediates: [intermediate.certificate] },
      ...{ anchors: [root.certificate], crls: [], revocation: 'off' },
      time: leaf.certificate.notAfter + 5_000,
    });
    expect(verdict).toMatchObject({
      ...{ ok: false, reason: 'expired', certificate: root.certificate },
      path: [leaf.certificate, intermediate.certificate, root.certificate],
    });
  });
});

describe('a signature', () => {
  it.each([0, 1])('with its octet %i from the end changed is refused', (fromEnd) => {
    const der = Buffer.from(leaf.certificate.der);
    const at = der.length - 1 - fromEnd;
    der.writeUInt8(der.readUInt8(at) ^ 1, at);
    const target = { ...leaf, certificate: parseCertificate(der) };
    expect(judge({ ...good, target })).toBe('signature');
  });

  it('over a changed certificate is refused', () => {
    const der = Buffer.from(leaf.certificate.der);
    const at = der.indexOf('CN=leaf'.slice(3));
    der.write('LEAF', at);
    expect(judge({ ...good, target: { ...leaf, certificate: parseCertificate(der) } })).toBe(
      'signature',
    );
  });

  it('with SHA-1 is refused unless legacy algorithms are allowed', () => {
    const algorithm = { identifier: sequence(oid('2a8648ce3d0401')), hash: 'sha1' };
    const target = issue({ ...leafOptions, issuer: intermediate, algorithm });
    expect(judge({ ...good, target })).toBe('algorithm');
    expect(judge({ ...good, target, allowLegacy: true })).toBe('ok');
  });

  it('with MD5 is refused always', () => {
    const rsaRoot = ca({ subject: 'CN=R', keyType: 'rsa' });
    const identifier = sequence(oid('2a864886f70d010104'), tlv(5));
    const target = issue({
      ...leafOptions,
      issuer: rsaRoot,
      algorithm: { identifier, hash: 'md5' },
    });
    expect(judge({ target, anchors: [rsaRoot], allowLegacy: true })).toBe('algorithm');
  });
});

describe('keys', () => {
  it('of 1024 RSA bits are refused in leaf and issuer alike', () => {
    const weak = issue({ ...leafOptions, issuer: root, keyType: 'rsa-1024' });
    const weakCa = ca({ subject: 'CN=Weak', issuer: root, keyType: 'rsa-1024' });
    const below = issue({ ...leafOptions, issuer: weakCa });
    expect(judge({ target: weak, anchors: [root] })).toBe('weak-key');
    expect(judge({ target: below, anchors: [root], intermediates: [weakCa] })).toBe('weak-key');
    expect(judge({ target: weak, anchors: [root], allowLegacy: true })).toBe('ok');
  });

  it('below a higher minimum are refused', () => {
    const target = issue({ ...leafOptions, issuer: root, keyType: 'rsa' });
    expect(judge({ target, anchors: [root], minimumRsaBits: 3072 })).toBe('weak-key');
  });
});

describe('validity', () => {
  const { notBefore, notAfter } = leaf.certificate;

  it.each([
    [notBefore - 1, 'not-yet-valid'],
    [notBefore, 'ok'],
    [notAfter, 'ok'],
    [notAfter + 999, 'ok'],
    [notAfter + 1000, 'expired'],
  ])('at %i is %s', (time, expected) => {
    const long = { notBefore: notBefore - 1e9, notAfter: notAfter + 1e9 };
    const anchor = ca({ subject: 'CN=Long', ...long });
    const target = issue({ ...leafOptions, issuer: anchor, notBefore, notAfter });
    expect(judge({ target, anchors: [anchor], time })).toBe(expected);
  });

  it('of the anchor counts too', () => {
    const anchor = ca({ subject: 'CN=Old', notAfter: NOW - 1000 });
    const target = issue({ ...leafOptions, issuer: anchor });
    expect(judge({ target, anchors: [anchor] })).toBe('expired');
  });
});

describe('issuers', () => {
  it('without basicConstraints are refused', () => {
    const notCa = issue({ subject: 'CN=E', issuer: root, extensions: messageExtensions() });
    const target = issue({ ...leafOptions, issuer: notCa });
    expect(judge({ target, anchors: [root], intermediates: [notCa] })).toBe('not-a-ca');
  });

  it('without keyCertSign are refused', () => {
    const extensions = [write.basicConstraints({ ca: true }), write.keyUsage(['cRLSign'])];
    const noSign = issue({ subject: 'CN=E', issuer: root, extensions });
    const target = issue({ ...leafOptions, issuer: noSign });
    expect(judge({ target, anchors: [root], intermediates: [noSign] })).toBe('key-usage');
  });

  it('deeper than a path length allows are refused, also the anchor’s own', () => {
    const anchor = ca({ subject: 'CN=A', pathLength: 0 });
    const below = ca({ subject: 'CN=B', issuer: anchor });
    const target = issue({ ...leafOptions, issuer: below });
    expect(judge({ target, anchors: [anchor], intermediates: [below] })).toBe('path-length');
    const direct = issue({ ...leafOptions, issuer: anchor });
    expect(judge({ target: direct, anchors: [anchor] })).toBe('ok');
  });

  it('with an extKeyUsage for other purposes are refused', () => {
    const extensions = [write.extendedKeyUsage(['serverAuth'])];
    const tls = ca({ subject: 'CN=TLS', issuer: root, extensions });
    const target = issue({ ...leafOptions, issuer: tls });
    expect(judge({ target, anchors: [root], intermediates: [tls] })).toBe('extended-key-usage');
  });
});

describe('the certificate in question', () => {
  it.each([
    [[], 'ok'],
    [[write.extendedKeyUsage(['emailProtection'])], 'ok'],
    [[write.extendedKeyUsage(['any'])], 'ok'],
    [[write.extendedKeyUsage(['clientAuth'])], 'extended-key-usage'],
    [[write.keyUsage(['digitalSignature'])], 'key-usage'],
    [[write.keyUsage(['keyAgreement'])], 'key-usage'],
    [[write.keyUsage(['digitalSignature', 'keyAgreement'])], 'ok'],
    [[write.extension('2a0304', Buffer.of(5, 0), true)], 'critical-extension'],
    [[write.extension('2a0304', Buffer.of(5, 0), false)], 'ok'],
    [[write.extension('2a80', Buffer.of(5, 0), true)], 'critical-extension'],
    [[write.extension('551d0f', Buffer.of(5, 0))], 'malformed'],
  ])('with extensions %# is %3$s', (extensions, expected) => {
    const target = issue({ subject: 'CN=leaf', issuer: root, extensions });
    expect(judge({ target, anchors: [root] })).toBe(expected);
  });

  it('may be asked to serve another purpose', () => {
    const extensions = [write.extendedKeyUsage(['clientAuth'])];
    const target = issue({ subject: 'CN=leaf', issuer: root, extensions });
    const purpose = { keyUsage: [], extendedKeyUsage: ['2b06010505070302'] };
    expect(judge({ target, anchors: [root], purpose })).toBe('ok');
  });

  it.each([[Buffer.of(0)], [Buffer.of(0xff)]])(
    'with a serial number that is not positive is refused (%#)',
    (serial) => {
      const target = issue({ ...leafOptions, issuer: root, serial });
      expect(judge({ target, anchors: [root] })).toBe('malformed');
      expect(judge({ target, anchors: [root], allowLegacy: true })).toBe('ok');
    },
  );

  it('may itself be a CA', () => {
    const target = issue({ subject: 'CN=C', issuer: root, extensions: caExtensions() });
    expect(judge({ target, anchors: [root], purpose: { keyUsage: ['cRLSign'] } })).toBe('ok');
  });
});
