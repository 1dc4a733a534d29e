import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { integer, octetString, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { ALGORITHM, CONTENT_TYPE } from '../../src/envelope/oids.js';
import { open } from '../../src/envelope/open.js';
import type { RefusalReason } from '../../src/envelope/refused.js';
import { algorithm, explicit, forgeEnvelope, gcm } from '../support/forged-envelope.js';
import { makeForgers, PAYLOAD, type Forgers } from '../support/forgers.js';
import { expectRefusal } from '../support/refusal.js';
import { LIMITS } from '../support/sealed.js';

const NULL = Buffer.of(5, 0);

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('the forge', () => {
  it('writes envelopes that open where nothing is forged', async () => {
    for (const to of [f.bolt, f.dyne, f.corp]) {
      const opened = await open(forgeEnvelope(to, f.signed(to)), [to], LIMITS);
      expect(Buffer.from(opened.payload)).toEqual(PAYLOAD);
    }
  });
});

describe('an envelope outside the profile is refused with a clear reason:', () => {
  const attributes = sequence(oid('2a03'), tlv(0x31, NULL));
  const cases: readonly [string, () => Uint8Array, RefusalReason, RegExp][] = [
    [
      'envelopedData, which carries no authentication',
      () => f.forged({ contentInfoType: '2a864886f70d010703' }),
      'content-type',
      /expected authEnvelopedData, found envelopedData/,
    ],
    ['bare signedData', () => f.signed(f.bolt), 'content-type', /found signedData/],
    ['another version', () => f.forged({ version: 1 }), 'profile', /version 1/],
    [
      'originatorInfo',
      () => f.forged({ originatorInfo: explicit(0) }),
      'profile',
      /originatorInfo/,
    ],
    ['authAttrs', () => f.forged({ authAttrs: explicit(1, attributes) }), 'profile', /authAttrs/],
    [
      'unauthAttrs',
      () => f.forged({ unauthAttrs: explicit(2, attributes) }),
      'profile',
      /unauthAttrs/,
    ],
    [
      'content that says it is something other than data',
      () => f.forged({ contentType: CONTENT_TYPE.signedData }),
      'content-type',
      /expected data, found signedData/,
    ],
    [
      'CBC',
      () =>
        f.forged({ cipher: () => algorithm('60864801650304012a', octetString(randomBytes(16))) }),
      'cipher',
      /unsupported cipher aes256-cbc/,
    ],
    [
      'triple DES',
      () => f.forged({ cipher: () => algorithm('2a864886f70d0307', octetString(randomBytes(8))) }),
      'cipher',
      /unsupported cipher des-ede3-cbc/,
    ],
    [
      'AES-128-GCM',
      () =>
        f.forged({
          cipher: (nonce) =>
            algorithm('608648016503040106', sequence(octetString(nonce), integer(16))),
        }),
      'cipher',
      /aes128-gcm/,
    ],
    ['a nonce of 11 bytes', () => f.forged({ nonceLength: 11 }), 'cipher', /nonce of 11 bytes/],
    ['a nonce of 16 bytes', () => f.forged({ nonceLength: 16 }), 'cipher', /nonce of 16 bytes/],
    [
      'a tag of 12 bytes that says so',
      () => f.forged({ tagLength: 12, cipher: (nonce) => gcm(nonce, 12) }),
      'cipher',
      /other parameters than a nonce and a tag of 16/,
    ],
    ['a tag of 4 bytes', () => f.forged({ tagLength: 4 }), 'cipher', /tag of 4 bytes/],
    [
      'a tag length left to its default of 12',
      () =>
        f.forged({
          cipher: (nonce) => algorithm(ALGORITHM.aes256Gcm, sequence(octetString(nonce))),
        }),
      'cipher',
      /other parameters/,
    ],
    [
      'further parameters of the cipher',
      () =>
        f.forged({
          cipher: (nonce) =>
            algorithm(ALGORITHM.aes256Gcm, sequence(octetString(nonce), integer(16), NULL)),
        }),
      'cipher',
      /other parameters/,
    ],
    [
      'bytes that are no ASN.1 at all',
      () => Buffer.from('-----BEGIN CMS-----'),
      'malformed',
      /malformed/,
    ],
    ['nothing', () => Buffer.alloc(0), 'malformed', /too early/],
  ];

  it.each(cases)('%s', (_name, make, reason, message) =>
    expectRefusal(make(), [f.bolt, f.dyne, f.corp], { reason, message }),
  );
});
