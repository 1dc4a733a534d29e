import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import type { Address } from '../../src/registry/port.js';
import { makeProof } from '../../src/registry/proof.js';
import { makePeer } from '../support/pki.js';
import { newDirectory, peer, published, ROLE } from './directory.js';
import type { TestDirectory } from './directory.js';
import { nodeProxy } from './node-proxy.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = { maxAge: 0, maxStale: DAY };
const FRESH = { maxAge: MINUTE, maxStale: DAY };

async function admit(directory: TestDirectory, ...names: string[]): Promise<void> {
  const registrar = await directory.writer(ROLE.registrar);
  const owner = directory.account(ROLE.owner);
  for (const name of names) await registrar.admit({ name: peer(name), owner });
}

/** The same digits, one letter spelled as it must not be. */
function withCaseChanged(address: Address): Address {
  const changed = address
    .slice(2)
    .replace(/[A-Fa-f]/, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
  return `0x${changed}`;
}

describe('the address book', () => {
  it('knows a peer with its profile and all its versions', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme', 'globex');
    const owner = await directory.writer(ROLE.owner);
    const profile = { inbox: 'acme.in', limits: { maxSize: 5 } };
    await owner.setProfile(peer('acme'), Buffer.from(JSON.stringify(profile)));
    const versions = [0, 1, 2].map((index) => published(peer('acme'), index));
    for (const version of versions) await owner.publish(version);
    await owner.revoke(peer('acme'), 1, 4);
    const acme = await directory.book().find(peer('acme'), FRESH);
    expect(acme).toMatchObject({
      name: 'acme',
      owner: directory.account(ROLE.owner),
      operator: undefined,
      guardian: undefined,
      status: 'active',
      profile,
    });
    expect(acme?.certificates.map(({ leaf, proof, index }) => ({ leaf, proof, index }))).toEqual(
      versions.map(({ leaf, proof, index }) => ({ leaf, proof, index })),
    );
    expect(acme?.certificates.map(({ revoked }) => revoked?.reason)).toEqual([
      undefined,
      4,
      undefined,
    ]);
  });

  it('asks about no address with a wrong checksum, unless it is of a directory it knows', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme');
    const proxy = await nodeProxy(directory.chain.url);
    const address = withCaseChanged(directory.address);
    const stranger = directory.book({ address, rpc: { urls: [proxy.url] } });
    await expect(stranger.find(peer('acme'), FRESH)).rejects.toMatchObject({ code: 'usage' });
    expect(proxy.calls).toEqual([]);
    await directory.book().find(peer('acme'), FRESH);
    expect(await directory.book({ address }).find(peer('acme'), FRESH)).toBeDefined();
  });

  it('asks no node while its answer is younger than maxAge', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme');
    const proxy = await nodeProxy(directory.chain.url);
    const book = directory.book({ rpc: { urls: [proxy.url] } });
    await book.find(peer('acme'), FRESH);
    const before = proxy.calls.length;
    book.wait(MINUTE - 1);
    expect(await book.find(peer('acme'), FRESH)).toBeDefined();
    expect(await book.list(FRESH)).toHaveLength(1);
    expect(proxy.calls.length).toBe(before);
    book.wait(1);
    await book.find(peer('acme'), FRESH);
    expect(proxy.calls.length).toBe(before + 2);
  });

  it('reads only what changed', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme', 'globex');
    const proxy = await nodeProxy(directory.chain.url);
    const book = directory.book({ rpc: { urls: [proxy.url] } });
    await book.list(FRESH);
    const owner = await directory.writer(ROLE.owner);
    await owner.publish(published(peer('acme'), 0));
    const before = proxy.calls.length;
    const acme = await book.find(peer('acme'), NOW);
    expect(acme?.certificates).toHaveLength(1);
    expect(proxy.calls.slice(before).map(({ method }) => method)).toEqual(
      expect.arrayContaining(['eth_getBlockByNumber', 'eth_call', 'eth_getLogs']),
    );
    expect(proxy.calls.length).toBe(before + 3);
  });

  it('finds the peer and version that a certificate belongs to', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme');
    const owner = await directory.writer(ROLE.owner);
    const versions = [0, 1].map((index) => published(peer('acme'), index));
    for (const version of versions) await owner.publish(version);
    const fingerprint = fingerprintOf(versions[1]?.leaf ?? Buffer.alloc(0));
    const found = await directory.book().findByCertificate(fingerprint, FRESH);
    expect(found?.peer.name).toBe('acme');
    expect(found?.version.index).toBe(1);
    const unknown = fingerprintOf(Buffer.from('unknown'));
    expect(await directory.book().findByCertificate(unknown, FRESH)).toBeUndefined();
  });

  it('does not take a copy of a certificate for the original', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const [thief, owner] = [await directory.writer(ROLE.other), await directory.writer(ROLE.owner)];
    await thief.register(peer('aardvark'));
    await owner.register(peer('acme'));
    const { certificate, key } = await makePeer('acme');
    const binding = {
      ...{ chainId: 31_337n, directory: directory.address, name: peer('acme'), index: 0 },
      ...{ owner: owner.from, fingerprint: certificate.fingerprint },
    };
    const proof = await makeProof(binding, key);
    const version = { index: 0, leaf: certificate.der, chain: [], proof };
    await thief.publish({ ...version, name: peer('aardvark') });
    await owner.publish({ ...version, name: peer('acme') });
    const found = await directory.book().findByCertificate(certificate.fingerprint, FRESH);
    expect(found?.peer.name).toBe('acme');
  });

  it('makes nothing of a profile and a chain that are none', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const owner = await directory.writer(ROLE.owner);
    await owner.register(peer('acme'));
    await owner.setProfile(peer('acme'), Buffer.from('{"inbox":'));
    await owner.publish({ ...published(peer('acme'), 0), chain: [Buffer.from('no DER')] });
    const acme = await directory.book().find(peer('acme'), FRESH);
    expect(acme?.profile).toEqual({});
    expect(acme?.certificates[0]?.chain).toEqual([]);
  });

  it('gives the issuers one by one', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const owner = await directory.writer(ROLE.owner);
    await owner.register(peer('acme'));
    const chain = [
      (await makePeer('one')).certificate.der,
      (await makePeer('two')).certificate.der,
    ];
    await owner.publish({ ...published(peer('acme'), 0), chain });
    const acme = await directory.book().find(peer('acme'), FRESH);
    expect(acme?.certificates[0]?.chain.map((der) => fingerprintOf(der))).toEqual(
      chain.map((der) => fingerprintOf(der)),
    );
  });

  it('looks at the chain for a name that it does not know, but not more often than every 5 s', async () => {
    const directory = await newDirectory();
    const proxy = await nodeProxy(directory.chain.url);
    const book = directory.book({ rpc: { urls: [proxy.url] } });
    await book.list(FRESH);
    await admit(directory, 'acme');
    const before = proxy.calls.length;
    book.wait(4_999);
    expect(await book.find(peer('acme'), FRESH)).toBeUndefined();
    expect(proxy.calls.length).toBe(before);
    book.wait(1);
    expect(await book.find(peer('acme'), FRESH)).toBeDefined();
  });

  it('looks at the chain for all messages together, once a second, and has the others wait', async () => {
    const directory = await newDirectory();
    const proxy = await nodeProxy(directory.chain.url);
    const book = directory.book({ rpc: { urls: [proxy.url] } });
    await book.list(FRESH);
    const looks = (): number => proxy.calls.filter(({ params }) => params[1] === 'latest').length;
    const [before, start] = [looks(), book.now()];
    const moment = start + 1;
    book.wait(1);
    await Promise.all(Array.from({ length: 100 }, () => book.lookSince(moment)));
    expect([looks() - before, book.now()]).toEqual([1, start + 1_000]);
    for (let count = 1; count <= 100; count += 1) {
      book.wait(1);
      await book.lookSince(book.now());
    }
    expect(looks() - before).toBeLessThanOrEqual((book.now() - start) / 1_000 + 1);
  });

  it('waits for a moment that lies ahead before it looks for what was then', async () => {
    const directory = await newDirectory();
    const book = directory.book();
    await book.list(FRESH);
    await admit(directory, 'acme');
    const later = book.now() + 3_000;
    await book.lookSince(later);
    expect(book.now()).toBe(later);
    const known = { maxAge: Infinity, maxStale: Infinity };
    expect(await book.find(peer('acme'), known)).toBeDefined();
    expect((await book.head(known)).checkedAt).toBe(later);
  });

  it('reads a peer once for as long as the directory stays as it is', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme', 'globex');
    const book = directory.book();
    const [acme, globex] = [peer('acme'), peer('globex')];
    const [first, other] = [await book.find(acme, FRESH), await book.find(globex, FRESH)];
    expect(await book.find(acme, FRESH)).toBe(first);
    const registrar = await directory.writer(ROLE.revoker);
    await registrar.suspend(acme);
    expect(await book.find(acme, NOW)).toMatchObject({ status: 'suspended' });
    expect(await book.find(globex, NOW)).toEqual(other);
  });

  it('serves two processes from one file, each seeing what the other read', async () => {
    const directory = await newDirectory();
    const [one, two] = [directory.book(), directory.book()];
    await one.list(FRESH);
    await admit(directory, 'acme');
    await one.list(NOW);
    expect(await two.find(peer('acme'), FRESH)).toBeDefined();
  });

  it('keeps the directories of one file apart', async () => {
    const [one, two] = [await newDirectory(), await newDirectory({ chainId: 777 })];
    await admit(one, 'acme');
    await admit(two, 'globex');
    const names = async (directory: TestDirectory): Promise<string[]> =>
      (await directory.book({ path: `${one.scratch}/shared.db` }).list(FRESH)).map(
        ({ name }) => name,
      );
    expect(await names(one)).toEqual(['acme']);
    expect(await names(two)).toEqual(['globex']);
    expect(await names(one)).toEqual(['acme']);
  });

  it('knows a directory in whatever case its address is written', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme');
    await directory.book().list(FRESH);
    await directory.chain.stop();
    const address: Address = `0x${directory.address.slice(2).toLowerCase()}`;
    expect(await directory.book({ address }).find(peer('acme'), FRESH)).toBeDefined();
  });

  it('reads every field of the head', async () => {
    const directory = await newDirectory();
    const admin = await directory.writer(ROLE.admin);
    await admin.freeze(directory.account(9));
    const head = await directory.book().head(FRESH);
    expect(head).toMatchObject({
      chainId: 31_337n,
      address: directory.address,
      frozen: true,
      successor: directory.account(9),
    });
    const block = await directory.reader().block(head.block);
    expect(head.blockHash).toBe(block?.hash);
    expect(head.blockTime).toBe(block?.time);
  });

  it('waits for confirmations', async () => {
    const directory = await newDirectory();
    const book = directory.book({ confirmations: 3 });
    await directory.rpc.call('anvil_mine', ['0x5']);
    await admit(directory, 'acme');
    expect(await book.find(peer('acme'), NOW)).toBeUndefined();
    await directory.rpc.call('anvil_mine', ['0x3']);
    expect(await book.find(peer('acme'), NOW)).toBeDefined();
  });

  it('waits for what the chain calls final', async () => {
    const directory = await newDirectory();
    const book = directory.book({ confirmations: 'finalized' });
    await directory.rpc.call('anvil_mine', ['0x80']);
    await admit(directory, 'acme');
    expect(await book.find(peer('acme'), NOW)).toBeUndefined();
    await directory.rpc.call('anvil_mine', ['0x80']);
    expect(await book.find(peer('acme'), NOW)).toBeDefined();
  });
});
