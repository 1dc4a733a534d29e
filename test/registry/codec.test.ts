import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { AbiCoder, Interface, id as keccakOfText, getAddress } from 'ethers';
import { describe, expect, it } from 'vitest';
import { AbiError, AbiReader } from '../../src/registry/abi/reader.js';
import { encodeCall } from '../../src/registry/abi/call.js';
import { checksumAddress, parseAddress } from '../../src/registry/address.js';
import { loadArtifact } from '../../src/registry/artifact.js';
import {
  CALLS,
  decodeCertificates,
  decodeList,
  decodeLookup,
  decodeState,
} from '../../src/registry/codec.js';
import { EVENT_SIGNATURES } from '../../src/registry/events.js';
import { MsgError } from '../../src/errors.js';

const { abi } = await loadArtifact();
const contract = new Interface(abi);
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(checksumAddress);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const seconds = fc.bigInt({ min: 0n, max: 4_000_000_000n });
const word = fc.uint8Array({ minLength: 32, maxLength: 32 });

const state = fc.record({
  ...{ seq: uint64, head: word, peers: fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }) },
  ...{ frozen: fc.boolean(), successor: address, openRegistration: fc.boolean() },
  ...{ recoveryDelay: fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }) },
  ...{ chainId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), blockNumber: uint64 },
  ...{ parentHash: word, blockTime: seconds },
});

const certificate = fc
  .record({
    ...{ index: fc.constant(0), owner: address, publishedAt: seconds, revokedAt: seconds },
    ...{ reason: fc.nat(255), leaf: fc.uint8Array({ maxLength: 100 }) },
    ...{ chain: fc.uint8Array({ maxLength: 100 }), proof: fc.uint8Array({ maxLength: 100 }) },
  })
  .filter(({ owner }) => BigInt(owner) !== 0n)
  .map((fields) => ({
    ...fields,
    fingerprint: createHash('sha256').update(fields.leaf).digest(),
  }));

const peer = fc
  .record({
    name: fc.stringMatching(/^[a-z0-9]{1,63}$/),
    ...{ status: fc.integer({ min: 1, max: 3 }), owner: address, operator: address },
    ...{ guardian: address, changedSeq: uint64, changedBlock: uint64, offeredOwner: address },
    guardianChange: fc.record({ account: address, readyAt: seconds }),
    recovery: fc.record({ account: address, readyAt: seconds }),
    profile: fc.uint8Array({ maxLength: 200 }),
    certificates: fc.array(certificate, { maxLength: 8 }),
  })
  .filter(({ owner }) => BigInt(owner) !== 0n)
  .map((fields) => ({
    ...fields,
    id: keccakOfText(fields.name),
    versions: fields.certificates.length,
    certificates: fields.certificates.map((one, index) => ({ ...one, index })),
  }));

/** The text of a value with its big integers and bytes made comparable. */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function mutated(bytes: Uint8Array, at: number, value: number): string {
  const copy = Buffer.from(bytes);
  copy[at % copy.length] = value;
  return `0x${copy.toString('hex')}`;
}

describe('the codec', () => {
  it('encodes calls as ethers does', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.nat(), fc.nat(), (name, from, count) => {
        expect(CALLS.lookup(name)).toBe(contract.encodeFunctionData('lookup', [name]));
        expect(CALLS.list(from, count)).toBe(
          contract.encodeFunctionData('list', [from, count, true]),
        );
        const id = keccakOfText(name);
        expect(CALLS.certificates(id, from, count)).toBe(
          contract.encodeFunctionData('certificates', [id, from, count]),
        );
      }),
    );
    expect(CALLS.state()).toBe(contract.encodeFunctionData('state', []));
    expect(encodeCall('f(bool,uint256)', true, 2n ** 256n - 1n)).toMatch(/^0x.{8}0{63}1f{64}$/);
  });

  it('decodes any state that ethers encodes', () => {
    fc.assert(
      fc.property(state, (given) => {
        const read = decodeState(contract.encodeFunctionResult('state', [given]));
        expect(read).toMatchObject({
          ...{ seq: given.seq, head: `0x${hex(given.head)}`, peers: Number(given.peers) },
          ...{ frozen: given.frozen, openRegistration: given.openRegistration },
          ...{ chainId: given.chainId, block: given.blockNumber },
          ...{
            blockTime: Number(given.blockTime) * 1000,
            parentHash: `0x${hex(given.parentHash)}`,
          },
        });
      }),
    );
  });

  it('decodes any list of peers that ethers encodes', () => {
    fc.assert(
      fc.property(state, fc.array(peer, { maxLength: 5 }), (now, peers) => {
        const { page } = decodeList(contract.encodeFunctionResult('list', [now, peers]));
        expect(page.map(({ name }) => name)).toEqual(peers.map(({ name }) => name));
        page.forEach((read, index) => {
          const given = peers[index];
          expect(read.owner).toBe(given?.owner);
          expect(read.seq).toBe(given?.changedSeq);
          expect(hex(read.profile)).toBe(hex(given?.profile ?? new Uint8Array()));
          expect(
            read.certificates.map(({ leaf, chain, proof }) => [leaf, chain, proof].map(hex)),
          ).toEqual(
            given?.certificates.map(({ leaf, chain, proof }) => [leaf, chain, proof].map(hex)),
          );
          expect(read.certificates.map(({ revokedAt }) => revokedAt)).toEqual(
            given?.certificates.map(({ revokedAt }) =>
              revokedAt === 0n ? undefined : Number(revokedAt) * 1000,
            ),
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses arbitrary bytes with its own failure and nothing else', () => {
    const decoders = [decodeState, decodeLookup, decodeList, decodeCertificates];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(3), (bytes, which) => {
        try {
          decoders[which]?.(`0x${hex(bytes)}`);
        } catch (error) {
          if (!(error instanceof MsgError) || error.code !== 'peer-untrusted') throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('survives every byte of a true answer being another', () => {
    fc.assert(
      fc.property(
        state,
        fc.array(peer, { maxLength: 3 }),
        fc.nat(),
        fc.nat(255),
        (now, peers, at, value) => {
          const bytes = Buffer.from(
            contract.encodeFunctionResult('list', [now, peers]).slice(2),
            'hex',
          );
          try {
            decodeList(mutated(bytes, at, value));
          } catch (error) {
            if (!(error instanceof MsgError) || error.code !== 'peer-untrusted') throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses every shorter part of a true answer', () => {
    const [given] = fc.sample(peer, 1);
    const [now] = fc.sample(state, 1);
    const answer = contract.encodeFunctionResult('lookup', [now, given]);
    for (let length = 2; length < answer.length - 64; length += 64) {
      expect(() => decodeLookup(answer.slice(0, length))).toThrow(MsgError);
    }
  });

  it('does not let offsets that lead to the same place multiply an answer', () => {
    const tuples = 2_000;
    const body = randomBytes(1_000);
    const single = Buffer.from(
      AbiCoder.defaultAbiCoder().encode(['bytes'], [body]).slice(2),
      'hex',
    );
    const head = Buffer.alloc(64 + tuples * 32);
    head.writeUInt32BE(32, 28);
    head.writeUInt32BE(tuples, 60);
    for (let index = 0; index < tuples; index += 1) {
      head.writeUInt32BE(tuples * 32, 64 + index * 32 + 28);
    }
    const hostile = AbiReader.of(Buffer.concat([head, single]));
    expect(() => hostile.dynamicTuples((reader) => reader.bytes())).toThrow(
      new AbiError('parts of the answer overlap'),
    );
  });

  it('knows every event of the contract, by its exact signature', () => {
    const ours = new Set(['Changed(uint64,bytes32,bytes32,bytes32,bytes32)', ...EVENT_SIGNATURES]);
    const typed: string[] = [];
    contract.forEachEvent((event) => {
      if (event.inputs[0]?.name === 'id' || event.name === 'Changed') typed.push(event.format());
    });
    expect(typed.sort()).toEqual([...ours].sort());
  });
});

describe('an address', () => {
  it('is spelled as EIP-55 says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        expect(checksumAddress(bytes)).toBe(getAddress(`0x${hex(bytes)}`));
      }),
    );
  });

  it('is taken in one case, and in two only with the right checksum', () => {
    const right = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    expect(parseAddress(right)).toBe(right);
    expect(parseAddress(right.toLowerCase())).toBe(right);
    expect(() => parseAddress(right.replace('5aA', '5AA'))).toThrow(/not an account address/);
    expect(() => parseAddress('0x5aAeb6')).toThrow(/not an account address/);
  });
});
