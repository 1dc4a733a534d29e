import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import { fillDirectory, leafOf, nameOf } from '../support/fill-directory.js';
import { newDirectory, peer, ROLE } from './directory.js';
import { nodeProxy } from './node-proxy.js';

const PEERS = 10_000;
const PUBLISHERS = 10;
const LEAF = 48;
const NOW = { maxAge: 0, maxStale: 0 };
const CACHED = { maxAge: Infinity, maxStale: Infinity };

describe('a directory of ten thousand peers', () => {
  it('is read whole, kept in step change by change, and looked up without the chain', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const { chain, address } = directory;
    const from = directory.account(ROLE.owner);
    const size = { peers: PEERS, publishers: PUBLISHERS, leaf: LEAF };
    await fillDirectory({ url: chain.url, address, from, ...size });
    const proxy = await nodeProxy(chain.url);
    const book = directory.book({ rpc: { urls: [proxy.url] } });

    const listed = await book.list(NOW);
    expect(new Set(listed.map(({ name }) => String(name)))).toEqual(
      new Set(Array.from({ length: PEERS }, (_, index) => nameOf(index))),
    );
    const leaves = listed.map(({ certificates }) => certificates[0]?.leaf);
    expect(leaves.filter((leaf) => leaf !== undefined)).toHaveLength(PEERS / PUBLISHERS);
    for (const index of [0, 10, 4_990, 9_990]) {
      const version = { index: 0, fingerprint: fingerprintOf(leafOf(index, LEAF)), owner: from };
      const found = await book.find(peer(nameOf(index)), CACHED);
      expect(found).toMatchObject({ status: 'active', owner: from, certificates: [version] });
      const owner = await book.findByCertificate(version.fingerprint, CACHED);
      expect(owner?.peer.name).toBe(nameOf(index));
    }
    expect((await book.find(peer(nameOf(9_999)), CACHED))?.certificates).toEqual([]);

    const writer = await directory.writer(ROLE.owner);
    await writer.suspend(peer(nameOf(9_999)));
    await writer.register(peer('latecomer'));
    const before = proxy.calls.length;
    expect((await book.find(peer(nameOf(9_999)), NOW))?.status).toBe('suspended');
    const methods = proxy.calls.slice(before).map(({ method }) => method);
    expect(methods.filter((method) => method === 'eth_getLogs')).toHaveLength(1);
    expect(methods.length).toBeLessThan(10);
    await chain.stop();
    const other = directory.book();
    expect(await other.find(peer('latecomer'), CACHED)).toBeDefined();
    expect(await other.list(CACHED)).toHaveLength(PEERS + 1);
  }, 300_000);
});
