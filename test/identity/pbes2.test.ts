import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Asn1Reader } from '../../src/asn1/reader.js';
import { integer, octetString, oid, sequence } from '../../src/asn1/writer.js';
import { decryptPbes2, encryptPbes2 } from '../../src/identity/pbes2.js';

const SCRYPT = '2b06010401da47040b';
const PBKDF2 = '2a864886f70d01050c';
const AES_256_CBC = '60864801650304012a';

function decryptWith(derivation: Buffer): Promise<Buffer> {
  const scheme = sequence(oid(AES_256_CBC), octetString(Buffer.alloc(16)));
  const parameters = new Asn1Reader(sequence(derivation, scheme));
  return decryptPbes2(parameters, Buffer.alloc(16), 'secret');
}

describe('PBES2', () => {
  it.each([
    ['4 GiB of memory', [1 << 22, 8, 1]],
    ['memory through r', [1 << 15, 1 << 20, 1]],
    ['endless work through p', [1 << 15, 8, 1 << 20]],
    ['N that is not a power of two', [30_000, 8, 1]],
    ['N of one', [1, 8, 1]],
    ['r of zero', [1 << 15, 0, 1]],
  ])('refuses scrypt with %s before it begins', async (_, [N = 0, r = 0, p = 0]) => {
    const parameters = sequence(octetString(Buffer.alloc(8)), integer(N), integer(r), integer(p));
    await expect(decryptWith(sequence(oid(SCRYPT), parameters))).rejects.toThrow(/out of bounds/);
  });

  it.each([0, 10_000_001])('refuses PBKDF2 with %i iterations', async (iterations) => {
    const parameters = sequence(octetString(Buffer.alloc(8)), integer(iterations));
    await expect(decryptWith(sequence(oid(PBKDF2), parameters))).rejects.toThrow(/out of bounds/);
  });

  it('takes a fresh salt and initialisation vector each time', async () => {
    const seal = () =>
      encryptPbes2(Buffer.from('key'), 'secret', { random: randomBytes, derivation: 'scrypt' });
    const [one, other] = [await seal(), await seal()];
    expect(one.algorithm).not.toEqual(other.algorithm);
    expect(one.ciphertext).not.toEqual(other.ciphertext);
  });
});
