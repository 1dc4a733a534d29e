import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyOperations } from '../../src/domain/key-operations.js';
import { MsgError } from '../../src/errors.js';
import { wrapKey } from '../../src/envelope/content-key.js';
import { open } from '../../src/envelope/open.js';
import { rsaEncrypt } from '../support/forged-envelope.js';
import { makeForgers, PAYLOAD, type Forgers } from '../support/forgers.js';
import { refusalOf } from '../support/refusal.js';
import { LIMITS, sealFor } from '../support/sealed.js';

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('what depends on a secret key fails in one way only', () => {
  const offCurve = (point: Buffer): Buffer => {
    const other = Buffer.from(point);
    other[64] = (other[64] ?? 0) ^ 1;
    return other;
  };
  const wrongTag = (sealed: Buffer): Buffer => {
    const copy = Buffer.from(sealed);
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
    return copy;
  };
  const cases: readonly [string, () => Uint8Array][] = [
    ['a point off the curve', () => f.agreed({ point: offCurve })],
    [
      'coordinates of zero',
      () => f.agreed({ point: () => Buffer.concat([Buffer.of(4), Buffer.alloc(64)]) }),
    ],
    ['a wrapped key of noise', () => f.agreed({ wrapped: () => randomBytes(40) })],
    [
      'a key that was wrapped for someone else',
      () => f.agreed({ wrapped: () => wrapKey(randomBytes(32), randomBytes(32)) }),
    ],
    ['OAEP of noise', () => f.transported({ encrypted: () => randomBytes(256) })],
    [
      'OAEP of an integer beyond the modulus',
      () => f.transported({ encrypted: () => Buffer.alloc(256, 0xff) }),
    ],
    ['OAEP of zero', () => f.transported({ encrypted: () => Buffer.alloc(256) })],
    ['OAEP of another length', () => f.transported({ encrypted: () => randomBytes(255) })],
    [
      'OAEP with SHA-1 that says SHA-256',
      () =>
        f.transported({
          encrypted: (key) => rsaEncrypt(f.dyne.certificate.publicKey, 'sha1', key),
        }),
    ],
    [
      'PKCS #1 v1.5 that says OAEP',
      () =>
        f.transported({
          encrypted: (key) =>
            publicEncrypt(
              { key: f.dyne.certificate.publicKey, padding: constants.RSA_PKCS1_PADDING },
              key,
            ),
        }),
    ],
    [
      'OAEP of an empty key',
      () =>
        f.transported({
          encrypted: () => rsaEncrypt(f.dyne.certificate.publicKey, 'sha256', Buffer.alloc(0)),
        }),
    ],
    [
      'OAEP of a 16-byte key',
      () =>
        f.transported({
          encrypted: () => rsaEncrypt(f.dyne.certificate.publicKey, 'sha256', randomBytes(16)),
        }),
    ],
    [
      'OAEP of another key than the content has',
      () =>
        f.transported({
          encrypted: () => rsaEncrypt(f.dyne.certificate.publicKey, 'sha256', randomBytes(32)),
        }),
    ],
    [
      'a content key of zeros where another was used',
      () =>
        f.transported({
          encrypted: () => rsaEncrypt(f.dyne.certificate.publicKey, 'sha256', Buffer.alloc(32)),
        }),
    ],
    ['a wrong tag', () => wrongTag(f.forged({}))],
  ];

  it.each(cases)('%s', async (_name, make) => {
    const refusal = await refusalOf(make(), [f.bolt, f.dyne]);
    expect({ ...refusal.toJSON(), reason: refusal.reason, cause: refusal.cause }).toEqual({
      error: {
        code: 'message-refused',
        message: 'the message cannot be decrypted',
        retryable: false,
      },
      reason: 'undecryptable',
      cause: undefined,
    });
  });

  it('but a key service out of reach says so, for the message is not at fault', async () => {
    const unreachable = new MsgError('timeout', 'the key service does not answer');
    const key: KeyOperations = {
      kind: 'p256',
      sign: () => Buffer.alloc(0),
      agree: () => Promise.reject(unreachable),
      decrypt: () => Promise.reject(unreachable),
    };
    const keys = [{ certificate: f.bolt.certificate, key }];
    const sealed = await sealFor(f.acme, [f.bolt], PAYLOAD);
    await expect(open(sealed, keys, LIMITS)).rejects.toBe(unreachable);
  });

  it.each([
    ['agree', () => f.bolt, () => sealFor(f.acme, [f.bolt], PAYLOAD)],
    ['decrypt', () => f.dyne, () => sealFor(f.acme, [f.dyne], PAYLOAD)],
  ] as const)(
    'and so does a key whose %s fails in a way that msg does not know',
    async (...one) => {
      const [operation, owner, seal] = one;
      const fail = () => {
        throw new Error('CKR_DEVICE_REMOVED');
      };
      const { certificate, key } = owner();
      const failing: KeyOperations = {
        ...{ kind: key.kind, sign: fail, agree: fail, decrypt: fail },
      };
      const opening = open(await seal(), [{ certificate, key: failing }], LIMITS);
      await expect(opening).rejects.toMatchObject({
        code: 'key-unavailable',
        retryable: true,
        message: expect.stringContaining('CKR_DEVICE_REMOVED') as string,
      });
      expect(operation).toBe(key.kind === 'rsa' ? 'decrypt' : 'agree');
    },
  );
});
