import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { generateKey } from '../../src/identity/software-key.js';
import { parseAddress } from '../../src/registry/address.js';
import { deployDirectory, openDirectoryWriter } from '../../src/registry/ethers.js';
import { makeProof } from '../../src/registry/proof.js';
import type { WriterOptions } from '../../src/registry/writer-port.js';
import { startChain } from '../../src/sandbox/chain.js';
import { makeAuthority, type TestPeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { attackStage, posingAs, reasonsOf, sealNow } from './stage.js';

const stage = attackStage();
let bob: TestPeer;
let mallory: TestPeer;

beforeAll(async () => {
  mallory = await stage.enrol('mallory', 4);
  bob = await stage.identity('bob');
}, 120_000);

/**
 * A chain of the attacker's own: with the same id, and the same contract at the same address, in which
 * alice's name belongs to the attacker, who published this certificate under it.
 */
async function madeUpChain({ certificate, chain, key }: TestPeer): Promise<string> {
  const { chainId, accounts } = stage.consortium.network.chain;
  const fake = await startChain({ chainId: Number(chainId) });
  onTestFinished(() => fake.stop());
  const admin = parseAddress(accounts[0]?.address ?? '');
  const settings: WriterOptions = {
    ...{ rpc: { urls: [fake.url] }, chainId, fees: 'auto', pollInterval: 5 },
    account: { kind: 'key', privateKey: accounts[0]?.privateKey ?? '' },
    lockDirectory: temporaryDirectory(),
  };
  const terms = { admin, adminDelay: 0, recoveryDelay: 60, openRegistration: true };
  const { address: directory } = await deployDirectory(settings, terms);
  expect(directory).toBe(stage.consortium.network.state.directory);
  if (directory === undefined) throw new Error('no contract');
  const writer = await openDirectoryWriter({ ...settings, address: directory });
  const name = parsePeerName('alice');
  await writer.register(name);
  const { fingerprint } = certificate;
  const binding = { chainId, directory, name, owner: writer.from, index: 0, fingerprint };
  const proof = await makeProof(binding, key);
  const issuers = chain.map(({ der }) => der);
  await writer.publish({ name, index: 0, leaf: certificate.der, chain: issuers, proof });
  return fake.url;
}

/** A peer whom only the attacker's authority certifies. */
async function selfMade(): Promise<TestPeer> {
  const [authority, key] = [await makeAuthority(), generateKey()];
  const names = [{ type: 'uri', value: 'msg://alice' }] as const;
  const certificate = await authority.issue({ subject: 'CN=alice', spki: key.spki, names });
  return { ...mallory, key, certificate, chain: [] };
}

describe('a node that makes up the whole directory', () => {
  it.each([
    ['its own authority', selfMade, 'sender-path'],
    ["another peer's true certificate", () => Promise.resolve(mallory), 'sender-name'],
  ] as const)(
    'does not have its peer believed, even at the first contact: with %s',
    async (_, make, reason) => {
      const liar = await make();
      const flags = { 'chain.url': await madeUpChain(liar) };
      const topic = `bob.fooled.${reason}`;
      const state = join(temporaryDirectory(), 'new');
      await stage.inject({ value: await sealNow(posingAs('alice', liar), [bob], 'hi'), topic });
      const heard = await stage.bobListens({ topic, state, flags });
      expect([heard.delivered, reasonsOf(heard)]).toEqual([[], [reason]]);
    },
  );

  it('is not believed at all by who knows the chain', async () => {
    const flags = { 'chain.url': await madeUpChain(mallory) };
    const book = stage.session('bob', { flags }).book();
    const asked = book.find(parsePeerName('alice'), { maxAge: 0, maxStale: 0 });
    await expect(asked).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('is another chain') as string,
    });
  });
});
