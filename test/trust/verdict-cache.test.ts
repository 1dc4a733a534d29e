import { describe, expect, it } from 'vitest';
import { oid, sequence } from '../../src/asn1/writer.js';
import { VerdictCache, type TrustConditions } from '../../src/trust/verdict-cache.js';
import { ca, issue, messageExtensions, NOW, revocationList } from '../support/issue.js';

const HOUR = 3600_000;
const root = ca({ subject: 'CN=Root' });
const middle = ca({ subject: 'CN=M', issuer: root });
const leafOptions = { subject: 'CN=x', issuer: root, extensions: messageExtensions() };
const leaf = issue({ ...leafOptions, notAfter: NOW + HOUR });

function reasonOf(verdict: ReturnType<VerdictCache['validate']>): string {
  return verdict.ok ? 'ok' : verdict.reason;
}

const CONDITIONS: TrustConditions = {
  anchors: [root.certificate],
  crls: [],
  revocation: 'if-available',
};

describe('a verdict cache', () => {
  it('repeats a verdict without judging again', () => {
    const cache = new VerdictCache(CONDITIONS);
    const first = cache.validate(leaf.certificate, [], NOW);
    expect(cache.validate(leaf.certificate, [], NOW + 1)).toBe(first);
  });

  it('takes over nothing from another cache that allows more', () => {
    const algorithm = { identifier: sequence(oid('2a8648ce3d0401')), hash: 'sha1' };
    const old = issue({ ...leafOptions, algorithm });
    const verdictOf = (allowLegacy: boolean): string =>
      reasonOf(new VerdictCache({ ...CONDITIONS, allowLegacy }).validate(old.certificate, [], NOW));
    expect([true, false, true].map(verdictOf)).toEqual(['ok', 'algorithm', 'ok']);
  });

  it('does not repeat it once the certificate has expired', () => {
    const cache = new VerdictCache(CONDITIONS);
    expect(reasonOf(cache.validate(leaf.certificate, [], NOW))).toBe('ok');
    expect(reasonOf(cache.validate(leaf.certificate, [], NOW + HOUR + 1000))).toBe('expired');
  });

  it('does not repeat it for a time before the certificate was valid', () => {
    const cache = new VerdictCache(CONDITIONS);
    expect(reasonOf(cache.validate(leaf.certificate, [], NOW))).toBe('ok');
    const before = leaf.certificate.notBefore - 1;
    expect(reasonOf(cache.validate(leaf.certificate, [], before))).toBe('not-yet-valid');
  });

  it('does not repeat it once the revocation list is due', () => {
    const crls = [revocationList({ issuer: root, nextUpdate: NOW + HOUR / 2 })];
    const cache = new VerdictCache({
      anchors: [root.certificate],
      crls,
      revocation: 'require',
    });
    expect(reasonOf(cache.validate(leaf.certificate, [], NOW))).toBe('ok');
    const later = cache.validate(leaf.certificate, [], NOW + HOUR / 2 + 1);
    expect(reasonOf(later)).toBe('revocation-stale');
  });

  it.each(['require', 'if-available'] as const)(
    'does not repeat it once a newer list begins to count (%s)',
    (revocation) => {
      const revoked = [{ certificate: leaf.certificate }];
      const current = revocationList({ issuer: root });
      const next = revocationList({ issuer: root, thisUpdate: NOW + HOUR / 2, revoked, number: 2 });
      const crls = revocation === 'require' ? [current, next] : [next];
      const cache = new VerdictCache({ anchors: [root.certificate], crls, revocation });
      expect(reasonOf(cache.validate(leaf.certificate, [], NOW))).toBe('ok');
      expect(reasonOf(cache.validate(leaf.certificate, [], NOW + HOUR / 2))).toBe('revoked');
    },
  );

  it('knows a question by the intermediates at hand as well', () => {
    const cache = new VerdictCache(CONDITIONS);
    const target = issue({ ...leafOptions, issuer: middle }).certificate;
    expect(reasonOf(cache.validate(target, [], NOW))).toBe('no-issuer');
    expect(reasonOf(cache.validate(target, [leaf.certificate], NOW))).toBe('no-issuer');
    expect(reasonOf(cache.validate(target, [middle.certificate], NOW))).toBe('ok');
  });

  it('looks again at a refused certificate after a minute', () => {
    const cache = new VerdictCache(CONDITIONS);
    const stranger = issue({ ...leafOptions, issuer: middle }).certificate;
    const first = cache.validate(stranger, [], NOW);
    expect(reasonOf(first)).toBe('no-issuer');
    expect(cache.validate(stranger, [], NOW + 59_999)).toBe(first);
    expect(cache.validate(stranger, [], NOW + 60_000)).not.toBe(first);
  });

  it('does not repeat a refusal once the certificate has become valid', () => {
    const cache = new VerdictCache(CONDITIONS);
    const future = issue({ ...leafOptions, notBefore: NOW + 1000 }).certificate;
    const first = cache.validate(future, [], NOW);
    expect(reasonOf(first)).toBe('not-yet-valid');
    expect(cache.validate(future, [], NOW + 999)).toBe(first);
    expect(reasonOf(cache.validate(future, [], NOW + 1000))).toBe('ok');
  });

  it('does not repeat a refusal once the issuer has become valid', () => {
    const cache = new VerdictCache(CONDITIONS);
    const next = ca({ subject: 'CN=Next', issuer: root, notBefore: NOW + 1000 });
    const target = issue({ ...leafOptions, issuer: next }).certificate;
    const validate = (time: number) => cache.validate(target, [next.certificate], time);
    expect(reasonOf(validate(NOW))).toBe('not-yet-valid');
    expect(reasonOf(validate(NOW + 1000))).toBe('ok');
  });

  it('does not repeat a refusal once a list begins to count', () => {
    const crls = [revocationList({ issuer: root, thisUpdate: NOW + 1000 })];
    const cache = new VerdictCache({ ...CONDITIONS, crls, revocation: 'require' });
    expect(reasonOf(cache.validate(leaf.certificate, [], NOW))).not.toBe('ok');
    expect(reasonOf(cache.validate(leaf.certificate, [], NOW + 1000))).toBe('ok');
  });

  it('forgets the verdict that was asked for longest ago when it is full', () => {
    const cache = new VerdictCache({ ...CONDITIONS, capacity: 2 });
    const [a, b, c] = [0, 1, 2].map(() => issue(leafOptions).certificate);
    if (a === undefined || b === undefined || c === undefined) throw new Error('no certificates');
    const first = cache.validate(a, [], NOW);
    const second = cache.validate(b, [], NOW);
    expect(cache.validate(a, [], NOW)).toBe(first);
    cache.validate(c, [], NOW);
    expect(cache.validate(a, [], NOW)).toBe(first);
    expect(cache.validate(b, [], NOW)).not.toBe(second);
  });
});
