import {
  constants,
  createCipheriv,
  createDecipheriv,
  hash,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import { agreeAndWrap, deriveWrappingKey, unwrapKey } from '../src/envelope/content-key.js';
import type { Opened } from '../src/envelope/types.js';
import type { TestPeer } from '../test/support/pki.js';

/** Everything that sealing the opened message asked of node:crypto, and nothing else. */
export function bareSeal(from: TestPeer, to: TestPeer, opened: Opened): () => unknown {
  const { payload, signedAttributes, signedData } = opened;
  return () => {
    const secret = randomBytes(44);
    const contentKey = secret.subarray(0, 32);
    lock(to, contentKey);
    hash(opened.hash, payload, 'buffer');
    const signature = from.key.sign(signedAttributes, opened.hash);
    return [signature, ...encrypt(contentKey, secret.subarray(32), signedData)];
  };
}

/** Everything that opening it asks of node:crypto. */
export function bareOpen(from: TestPeer, to: TestPeer, opened: Opened): () => unknown {
  const { payload, signedAttributes, signature, signedData } = opened;
  const [contentKey, nonce] = [randomBytes(32), randomBytes(12)];
  const unlock = prepareUnlock(to, contentKey);
  const [ciphertext, tag] = encrypt(contentKey, nonce, signedData);
  return () => {
    const decipher = createDecipheriv('aes-256-gcm', unlock(), nonce);
    decipher.setAuthTag(tag);
    decipher.update(ciphertext);
    decipher.final();
    hash('sha256', from.certificate.der, 'hex');
    hash(opened.hash, payload, 'buffer');
    if (!verify(opened.hash, signedAttributes, from.certificate.publicKey, signature)) {
      throw new Error('the signature is wrong');
    }
  };
}

function lock({ certificate }: TestPeer, contentKey: Uint8Array): Lock {
  const { keyKind, ecPoint, publicKey: key } = certificate;
  if (keyKind !== undefined && keyKind !== 'rsa' && ecPoint !== undefined) {
    return { curve: keyKind, ...agreeAndWrap(ecPoint, keyKind, contentKey) };
  }
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return { encrypted: publicEncrypt({ key, padding, oaepHash: 'sha256' }, contentKey) };
}

type Lock =
  | ({ readonly curve: 'p256' | 'p384' } & ReturnType<typeof agreeAndWrap>)
  | { readonly encrypted: Buffer };

function prepareUnlock(to: TestPeer, contentKey: Uint8Array): () => Uint8Array {
  const locked = lock(to, contentKey);
  if ('encrypted' in locked) return () => to.key.decrypt(locked.encrypted) as Uint8Array;
  const { curve, ephemeralPoint, wrapped } = locked;
  return () => {
    const secret = to.key.agree(ephemeralPoint) as Uint8Array;
    return unwrapKey(deriveWrappingKey(secret, curve), wrapped);
  };
}

function encrypt(key: Uint8Array, nonce: Uint8Array, content: Uint8Array): [Buffer, Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const ciphertext = cipher.update(content);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}
