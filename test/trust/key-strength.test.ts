import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Asn1Reader, encodingOf } from '../../src/asn1/reader.js';
import { TAG } from '../../src/asn1/values.js';
import { sequence, tlv } from '../../src/asn1/writer.js';
import { weaknessOf } from '../../src/trust/key-strength.js';

const REQUIREMENT = { minimumRsaBits: 2048, allowLegacy: false };

describe('a key of a certificate', () => {
  it('that is DSA with a negative value is judged without asking Node, which would end the process', () => {
    const { publicKey } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const algorithm = encodingOf(new Asn1Reader(spki).enter(TAG.sequence).take(TAG.sequence));
    const negative = tlv(TAG.integer, Buffer.from([0xff, ...Buffer.alloc(127, 1)]));
    const key = sequence(algorithm, tlv(TAG.bitString, Buffer.concat([Buffer.of(0), negative])));
    const read = createPublicKey({ key, format: 'der', type: 'spki' });
    expect(read.asymmetricKeyType).toBe('dsa');
    expect(weaknessOf(read, REQUIREMENT)).toBe('a DSA key is not accepted');
    expect(weaknessOf(read, { ...REQUIREMENT, allowLegacy: true })).toBeUndefined();
  });
});
