import { expect, it } from 'vitest';
import { describeWithVectors, readVector } from '../support/vectors.js';
import { readCases, runCase } from './pkits.js';

describeWithVectors('pkits')('NIST PKITS', () => {
  const results = readCases(readVector).map((test) => runCase(readVector, test));

  it('has its 249 cases', () => {
    expect(results).toHaveLength(249);
  });

  it('never accepts a path that NIST refuses', () => {
    const wrong = results.filter((one) => one.expected === 'refuse' && one.actual === 'accept');
    expect(wrong).toEqual([]);
  });

  it('never refuses a path that NIST accepts', () => {
    const wrong = results.filter((one) => one.expected === 'accept' && one.actual === 'refuse');
    expect(wrong).toEqual([]);
  });

  it.each([
    ['4.1.3 Invalid EE Signature Test3', 'signature'],
    ['4.2.6 Invalid EE notAfter Date Test6', 'expired'],
    ['4.2.2 Invalid EE notBefore Date Test2', 'not-yet-valid'],
    ['4.3.1 Invalid Name Chaining', 'no-issuer'],
    ['4.4.1 Missing CRL Test1', 'revocation-unknown'],
    ['4.4.3 Invalid Revoked EE Test3', 'revoked'],
    ['4.6.2 Invalid cA False Test2', 'not-a-ca'],
    ['4.6.5 Invalid pathLenConstraint Test5', 'path-length'],
    ['4.7.1 Invalid keyUsage Critical keyCertSign False Test1', 'key-usage'],
    ['4.8.12 Different Policies Test12', 'policy'],
    ['4.13.2 Invalid DN nameConstraints Test2', 'name-constraints'],
    ['4.16.2 Invalid Unknown Critical Certificate Extension Test2', 'critical-extension'],
  ])('refuses %s as %s', (name, reason) => {
    const result = results.find((one) => one.name.includes(name));
    expect(result?.reason).toMatch(new RegExp(`^${reason}:`));
  });
});
