import { beforeAll, expect, it } from 'vitest';
import { verifySignedData } from '../../src/envelope/verify.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { refusalOf } from '../support/refusal.js';
import { describeWithVectors, listVectors, readVector } from '../support/vectors.js';

/** Each example as a record's value: what it is instead of an envelope. */
const AS_ENVELOPE: Readonly<Record<string, RegExp>> = {
  '3.1.bin': /^expected authEnvelopedData, found data$/,
  '3.2.bin': /^expected authEnvelopedData, found data$/,
  '4.1.bin': /^expected authEnvelopedData, found signedData$/,
  '4.2.bin': /^expected authEnvelopedData, found signedData$/,
  '4.3.bin': /^expected authEnvelopedData, found signedData$/,
  '4.4.bin': /^expected authEnvelopedData, found signedData$/,
  '4.5.bin': /^expected authEnvelopedData, found signedData$/,
  '4.6.bin': /^expected authEnvelopedData, found signedData$/,
  '4.7.bin': /^expected authEnvelopedData, found signedData$/,
  '4.8.eml': /^the message is malformed: /,
  '4.9.eml': /^the message is malformed: /,
  '4.10.bin': /^expected authEnvelopedData, found signedData$/,
  '4.11.bin': /^expected authEnvelopedData, found signedData$/,
  '5.1.bin': /^expected authEnvelopedData, found envelopedData$/,
  '5.2.bin': /^expected authEnvelopedData, found envelopedData$/,
  '5.3.eml': /^the message is malformed: /,
  '6.0.bin': /^expected authEnvelopedData, found digestedData$/,
  '7.1.bin': /^expected authEnvelopedData, found encryptedData$/,
  '7.2.bin': /^expected authEnvelopedData, found encryptedData$/,
};

/** Each signed example as the content of an envelope that was opened. */
const AS_SIGNED_DATA: Readonly<Record<string, RegExp>> = {
  '4.1.bin': /^unsupported digest sha1$/,
  '4.2.bin': /^unsupported digest sha1$/,
  '4.3.bin': /^the signed content is not enclosed$/,
  '4.4.bin': /^not part of the message profile: crls$/,
  '4.5.bin': /^unsupported digest sha1$/,
  '4.6.bin': /^unsupported digest sha1$/,
  '4.7.bin': /^unsupported digest sha1$/,
  '4.10.bin': /^unsupported digest sha1$/,
  '4.11.bin': /^the signed content is not enclosed$/,
};

describeWithVectors('rfc4134')('the examples of RFC 4134', () => {
  let self: TestPeer;

  beforeAll(async () => {
    self = await makePeer('acme', 'rsa');
  });

  it('are all here', () => {
    const examples = [...listVectors('rfc4134', '.eml'), ...listVectors('rfc4134', '.bin')];
    expect(examples.filter((name) => /^\d/.test(name)).sort()).toEqual(
      Object.keys(AS_ENVELOPE).sort(),
    );
  });

  it.each(Object.entries(AS_ENVELOPE))('%s is refused as an envelope', async (name, message) => {
    expect((await refusalOf(readVector('rfc4134', name), [self])).message).toMatch(message);
  });

  it.each(Object.entries(AS_SIGNED_DATA))('%s is refused as signed content', (name, message) => {
    expect(() => verifySignedData(readVector('rfc4134', name))).toThrow(message);
  });
});
