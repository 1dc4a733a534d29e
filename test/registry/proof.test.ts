import { createHash, randomBytes, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyKind } from '../../src/domain/key-operations.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Binding } from '../../src/registry/proof.js';
import { bindingText, makeProof, ProofVerifier, verifyProof } from '../../src/registry/proof.js';
import type { TestPeer } from '../support/pki.js';
import { makePeer } from '../support/pki.js';

const KINDS: readonly KeyKind[] = ['p256', 'p384', 'rsa'];
const peers = new Map<KeyKind, TestPeer>();

beforeAll(async () => {
  for (const kind of KINDS) peers.set(kind, await makePeer('acme', kind));
});

function peerOf(kind: KeyKind): TestPeer {
  const peer = peers.get(kind);
  if (peer === undefined) throw new Error(`no peer with a ${kind} key`);
  return peer;
}

function bindingOf({ certificate }: TestPeer): Binding {
  return {
    chainId: 1337n,
    directory: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    name: parsePeerName('acme'),
    owner: '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    index: 2,
    fingerprint: certificate.fingerprint,
  };
}

describe('the binding text', () => {
  it('has these very bytes', () => {
    const binding = bindingOf(peerOf('p256'));
    expect(Buffer.from(bindingText(binding)).toString('latin1')).toBe(
      'msg-directory-proof-v1\n' +
        '1337\n' +
        '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\n' +
        'acme\n' +
        '0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359\n' +
        '2\n' +
        `${createHash('sha256').update(peerOf('p256').certificate.der).digest('hex')}\n`,
    );
  });
});

describe.each(KINDS)('a proof of possession by a %s key', (kind) => {
  it('holds for what it binds', async () => {
    const peer = peerOf(kind);
    const proof = await makeProof(bindingOf(peer), peer.key);
    expect(verifyProof(bindingOf(peer), peer.certificate, proof)).toBe(true);
  });

  it.each<[string, Partial<Binding>]>([
    ['chain', { chainId: 1338n }],
    ['directory', { directory: '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359' }],
    ['name', { name: parsePeerName('acme2') }],
    ['owner', { owner: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }],
    ['version', { index: 3 }],
  ])('does not hold for another %s', async (_, change) => {
    const peer = peerOf(kind);
    const proof = await makeProof(bindingOf(peer), peer.key);
    expect(verifyProof({ ...bindingOf(peer), ...change }, peer.certificate, proof)).toBe(false);
  });

  it('does not hold for another certificate of the same key', async () => {
    const peer = peerOf(kind);
    const other = await peer.authority.issue({
      subject: 'CN=acme,O=Test',
      spki: peer.key.spki,
      names: [{ type: 'uri', value: 'msg://acme' }],
    });
    const proof = await makeProof(bindingOf(peer), peer.key);
    expect(verifyProof(bindingOf(peer), other, proof)).toBe(false);
    const binding = { ...bindingOf(peer), fingerprint: other.fingerprint };
    expect(verifyProof(binding, other, proof)).toBe(false);
  });

  it('does not hold with any bit of the signature flipped, cut or lengthened', async () => {
    const peer = peerOf(kind);
    const proof = await makeProof(bindingOf(peer), peer.key);
    const holds = (bytes: Uint8Array): boolean =>
      verifyProof(bindingOf(peer), peer.certificate, bytes);
    for (let at = 0; at < proof.length; at += 1) {
      const altered = Buffer.from(proof);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(holds(altered)).toBe(false);
    }
    expect(holds(proof.subarray(1))).toBe(false);
    expect(holds(proof.subarray(0, -1))).toBe(false);
    expect(holds(Buffer.concat([proof, Buffer.alloc(1)]))).toBe(false);
    expect(holds(new Uint8Array())).toBe(false);
    expect(holds(randomBytes(proof.length))).toBe(false);
  });

  it('does not hold with another hash', () => {
    const peer = peerOf(kind);
    const other = kind === 'p384' ? 'sha256' : 'sha384';
    const proof = sign(other, bindingText(bindingOf(peer)), peer.key.privateKey);
    expect(verifyProof(bindingOf(peer), peer.certificate, proof)).toBe(false);
  });
});

describe('a verifier with a memory', () => {
  it('says the same as one without, again and again', async () => {
    const [peer, other] = [peerOf('p256'), peerOf('p384')];
    const binding = bindingOf(peer);
    const proof = await makeProof(binding, peer.key);
    const verifier = new ProofVerifier();
    for (let time = 0; time < 2; time++) {
      expect(verifier.verify(binding, peer.certificate, proof)).toBe(true);
      expect(verifier.verify({ ...binding, index: 3 }, peer.certificate, proof)).toBe(false);
      expect(verifier.verify(binding, other.certificate, proof)).toBe(false);
      expect(verifier.verify(binding, peer.certificate, proof.subarray(1))).toBe(false);
    }
  });
});
