// A process of its own that makes a private key and never gives it away: it answers questions, one JSON
// object a line. Stands in for a smart card or a key service.
import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  privateDecrypt,
  sign,
} from 'node:crypto';
import { createInterface } from 'node:readline';

const kind = process.argv[2];
const { privateKey, publicKey } =
  kind === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: kind === 'p384' ? 'secp384r1' : 'prime256v1' });
const spki = publicKey.export({ format: 'der', type: 'spki' });

const OPERATIONS = {
  spki: () => spki,
  sign: (data, hash) => sign(hash, data, privateKey),
  // The SubjectPublicKeyInfo of another point of the same curve differs in the point alone.
  agree: (point) => {
    const key = Buffer.concat([spki.subarray(0, spki.length - point.length), point]);
    return diffieHellman({
      privateKey,
      publicKey: createPublicKey({ key, format: 'der', type: 'spki' }),
    });
  },
  decrypt: (ciphertext) =>
    privateDecrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      ciphertext,
    ),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, operation, data, hash } = JSON.parse(line);
  const answer = { id };
  try {
    answer.result = OPERATIONS[operation](Buffer.from(data ?? '', 'base64'), hash).toString(
      'base64',
    );
  } catch {
    answer.result = null;
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
