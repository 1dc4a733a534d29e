import { describe, expect, it } from 'vitest';
import * as write from '../../src/x509/write-extensions.js';
import { ca, issue, messageExtensions, NOW, spkiOf, type Issued } from '../support/issue.js';
import { judge } from './judge.js';

const root = ca({ subject: 'CN=Root' });
const leafOptions = { subject: 'CN=leaf', extensions: messageExtensions() };

/** The same name and key, certified by somebody else. */
function crossCertify(subject: string, key: Issued, issuer: Issued, notAfter?: number): Issued {
  const { privateKey, keyType } = key;
  const again = { privateKey, keyType, spki: spkiOf(privateKey) };
  return ca({ subject, issuer, key: again, ...(notAfter === undefined ? {} : { notAfter }) });
}

describe('path building', () => {
  it('finds the right one among 30 issuers of the same name', () => {
    const candidates = Array.from({ length: 30 }, () => ca({ subject: 'CN=CA', issuer: root }));
    const issuer = candidates[17];
    const target = issue({ ...leafOptions, ...(issuer && { issuer }) });
    expect(judge({ target, anchors: [root], intermediates: candidates })).toBe('ok');
  });

  it('goes on to another path when the first does not hold', () => {
    const middle = ca({ subject: 'CN=CA', issuer: root });
    const expired = crossCertify('CN=CA', middle, root, NOW - 1000);
    const target = issue({ ...leafOptions, issuer: middle });
    expect(judge({ target, anchors: [root], intermediates: [expired] })).toBe('expired');
    expect(judge({ target, anchors: [root], intermediates: [expired, middle] })).toBe('ok');
  });

  it('does not follow loops of cross-certificates', () => {
    const a = ca({ subject: 'CN=A' });
    const b = ca({ subject: 'CN=B' });
    const loop = [a, b, crossCertify('CN=A', a, b), crossCertify('CN=B', b, a)];
    const target = issue({ ...leafOptions, issuer: a });
    expect(judge({ target, anchors: [root], intermediates: loop })).toBe('no-issuer');
    const out = crossCertify('CN=B', b, root);
    expect(judge({ target, anchors: [root], intermediates: [...loop, out] })).toBe('ok');
  });

  it('gives up on a mesh in which everyone has certified everyone', () => {
    const members = Array.from({ length: 9 }, (_, i) => ca({ subject: `CN=${i}` }));
    const mesh = members.flatMap((subject, i) =>
      members
        .filter((issuer) => issuer !== subject)
        .map((by) => crossCertify(`CN=${i}`, subject, by)),
    );
    const [issuer] = members;
    const target = issue({ ...leafOptions, ...(issuer && { issuer }) });
    expect(judge({ target, anchors: [root], intermediates: mesh })).toBe('too-complex');
  });

  it('gives up after so many signatures of issuers that look alike', () => {
    const impostors = Array.from({ length: 150 }, () => ca({ subject: 'CN=CA' }));
    const real = ca({ subject: 'CN=CA', issuer: root });
    const target = issue({ ...leafOptions, issuer: real });
    const verdict = judge({ target, anchors: [root], intermediates: [...impostors, real] });
    expect(verdict).toBe('too-complex');
  });

  it('asks the issuer with the right key identifier first, so impostors do not keep it from anything', () => {
    const withIdentifier = (options: Parameters<typeof ca>[0], id: string): Issued =>
      ca({ ...options, extensions: [write.subjectKeyIdentifier(Buffer.from(id))] });
    const impostors = Array.from({ length: 150 }, () => withIdentifier({ subject: 'CN=CA' }, 'no'));
    const real = withIdentifier({ subject: 'CN=CA', issuer: root }, 'yes');
    const hint = write.authorityKeyIdentifier(Buffer.from('yes'));
    const target = issue({
      subject: 'CN=leaf',
      issuer: real,
      extensions: [...messageExtensions(), hint],
    });
    expect(judge({ target, anchors: [root], intermediates: [...impostors, real] })).toBe('ok');
  });

  it('takes key identifiers for hints only', () => {
    const middle = ca({
      subject: 'CN=CA',
      issuer: root,
      extensions: [write.subjectKeyIdentifier(Buffer.from('one'))],
    });
    const hint = write.authorityKeyIdentifier(Buffer.from('other'));
    const extensions = [...messageExtensions(), hint];
    const target = issue({ subject: 'CN=leaf', issuer: middle, extensions });
    expect(judge({ target, anchors: [root], intermediates: [middle] })).toBe('ok');
  });

  it('ends after eight certificates unless told otherwise', () => {
    const chain: Issued[] = [root];
    for (let i = 0; i < 8; i++) {
      const issuer = chain.at(-1);
      chain.push(ca({ subject: `CN=${i}`, ...(issuer && { issuer }) }));
    }
    const issuer = chain.at(-1);
    const target = issue({ ...leafOptions, ...(issuer && { issuer }) });
    const question = { target, anchors: [root], intermediates: chain };
    expect(judge(question)).toBe('too-complex');
    expect(judge({ ...question, maxPathLength: 9 })).toBe('ok');
  });
});
