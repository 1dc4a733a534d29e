import { describe, expect, it } from 'vitest';
import { oidFromDotted } from '../../src/asn1/object-identifier.js';
import { oid, sequence } from '../../src/asn1/writer.js';
import { ANY_POLICY } from '../../src/x509/oids.js';
import * as write from '../../src/x509/write-extensions.js';
import { ca, issue, messageExtensions, type Issued } from '../support/issue.js';
import { judge } from './judge.js';

const policies = (...oids: string[]): Buffer =>
  write.extension('551d20', sequence(...oids.map((one) => sequence(oid(one)))));
const mappings = (...pairs: (readonly [string, string])[]): Buffer =>
  write.extension('551d21', sequence(...pairs.map(([a, b]) => sequence(oid(a), oid(b)))), true);

const GOLD = oidFromDotted('1.3.6.1.4.1.99999.1');
const SILVER = oidFromDotted('1.3.6.1.4.1.99999.2');
const root = ca({ subject: 'CN=Root' });

describe('certificate policies', () => {
  it('have to hold along the whole path where one is required', () => {
    const gold = ca({ subject: 'CN=CA', issuer: root, extensions: [policies(GOLD)] });
    const leaf = (policy: string): Issued =>
      issue({
        subject: 'CN=leaf',
        issuer: gold,
        extensions: [...messageExtensions(), policies(policy)],
      });
    const policy = { requireExplicit: true, acceptable: new Set([GOLD]) };
    const question = { anchors: [root], intermediates: [gold], policy };
    expect(judge({ ...question, target: leaf(GOLD) })).toBe('ok');
    expect(judge({ ...question, target: leaf(SILVER) })).toBe('policy');
  });

  it('may be mapped, but never from or to anyPolicy', () => {
    const mapped = (pair: readonly [string, string]): string => {
      const extensions = [policies(GOLD), mappings(pair)];
      const middle = ca({ subject: 'CN=CA', issuer: root, extensions });
      const target = issue({
        subject: 'CN=leaf',
        issuer: middle,
        extensions: [...messageExtensions(), policies(SILVER)],
      });
      const policy = { requireExplicit: true, acceptable: new Set([GOLD]) };
      return judge({ target, anchors: [root], intermediates: [middle], policy });
    };
    expect(mapped([GOLD, SILVER])).toBe('ok');
    expect(mapped([GOLD, ANY_POLICY])).toBe('policy');
    expect(mapped([ANY_POLICY, SILVER])).toBe('policy');
  });

  it('that a tree would multiply with every issuer are judged all the same (CVE-2023-0464)', () => {
    const many = Array.from({ length: 60 }, (_, i) => oidFromDotted(`1.3.6.1.4.1.99999.${i + 10}`));
    const all = many.flatMap((from) => many.map((to) => [from, to] as const));
    const extensions = [policies(...many, ANY_POLICY), mappings(...all.slice(0, 1500))];
    const chain: Issued[] = [root];
    for (let i = 0; i < 7; i++) {
      const issuer = chain.at(-1);
      chain.push(ca({ subject: `CN=${i}`, ...(issuer && { issuer }), extensions }));
    }
    const issuer = chain.at(-1);
    const target = issue({
      subject: 'CN=leaf',
      ...(issuer && { issuer }),
      extensions: [...messageExtensions(), policies(...many)],
    });
    const policy = { requireExplicit: true };
    expect(judge({ target, anchors: [root], intermediates: chain, policy })).toBe('ok');
  });
});
