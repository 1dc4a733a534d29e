import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MsgError } from '../../src/errors.js';
import { readMaterial } from '../../src/identity/import.js';
import { encodePrivateKey } from '../../src/identity/private-key.js';
import { generateKey } from '../../src/identity/software-key.js';
import { parseRequest } from '../../src/x509/request.js';
import { createRequest } from '../../src/identity/request.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { describeWithOpenssl, openssl } from '../support/openssl.js';
import { makePeer } from '../support/pki.js';

/** Runs and says how it ended: well, or with an error that is not ours. */
async function outcome(bytes: Uint8Array): Promise<unknown> {
  try {
    await readMaterial([{ name: 'file', bytes }], () => Promise.resolve('secret'));
    return 'read';
  } catch (error) {
    return error instanceof MsgError && error.code !== 'bug' ? 'refused' : error;
  }
}

/** The bytes with some of them replaced and perhaps the end cut off. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  return fc.tuple(changes, fc.option(fc.nat(bytes.length))).map(([list, cut]) => {
    const copy = Uint8Array.from(bytes);
    for (const [at, value] of list) copy[at] = value;
    return copy.subarray(0, cut ?? copy.length);
  });
}

const expected = expect.stringMatching(/^(read|refused)$/) as unknown;

describe('a hostile file', () => {
  it('of any bytes is refused by an error of ours', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(bytes, async (file) => {
        expect(await outcome(file)).toEqual(expected);
      }),
    );
  });

  it('of PEM around any bytes is refused by an error of ours', async () => {
    const label = fc.constantFrom(
      'CERTIFICATE',
      'PRIVATE KEY',
      'ENCRYPTED PRIVATE KEY',
      'EC PRIVATE KEY',
    );
    await fc.assert(
      fc.asyncProperty(label, fc.uint8Array({ maxLength: 60 }), async (name, body) => {
        const base64 = Buffer.from(body).toString('base64');
        const pem = `-----BEGIN ${name}-----\n${base64}\n-----END ${name}-----\n`;
        expect(await outcome(Buffer.from(pem))).toEqual(expected);
      }),
    );
  });

  it('that was a certificate, a key or a request is refused by an error of ours', async () => {
    const { certificate, key } = await makePeer('alice');
    const pkcs8 = key.privateKey.export({ format: 'der', type: 'pkcs8' });
    for (const bytes of [certificate.der, pkcs8]) {
      await fc.assert(
        fc.asyncProperty(damaged(bytes), async (file) => {
          expect(await outcome(file)).toEqual(expected);
        }),
      );
    }
    const subject = { subject: 'CN=alice', peer: parsePeerName('alice') };
    const request = await createRequest(subject, key);
    fc.assert(
      fc.property(damaged(request), (der) => {
        fc.pre(!request.equals(der));
        expect(() => parseRequest(der)).toThrow(MsgError);
      }),
    );
  });
});

describeWithOpenssl('a hostile encrypted file', () => {
  it('that was PKCS#12 is refused by an error of ours, in bounded time', async () => {
    const { keyPem, certificatePem } = await makePeer('alice');
    const args = ['pkcs12', '-export', '-iter', '1', '-passout', 'pass:secret'];
    const { stdout } = openssl(args, keyPem + certificatePem);
    await fc.assert(
      fc.asyncProperty(damaged(stdout), async (file) => {
        expect(await outcome(file)).toEqual(expected);
      }),
    );
  });

  it('that was an encrypted key is refused by an error of ours, in bounded time', async () => {
    const pem = await encodePrivateKey(generateKey().privateKey, 'secret', randomBytes);
    const der = Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64');
    await fc.assert(
      fc.asyncProperty(damaged(der), async (file) => {
        expect(await outcome(file)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});
