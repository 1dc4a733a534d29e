import { describe, expect, it } from 'vitest';
import type { TestBook, TestDirectory } from './directory.js';
import { newDirectory, peer, published, ROLE } from './directory.js';
import type { NodeProxy } from './node-proxy.js';
import { nodeProxy } from './node-proxy.js';

const NOW = { maxAge: 0, maxStale: 86_400_000 };

interface Setting {
  readonly directory: TestDirectory;
  readonly proxy: NodeProxy;
  readonly book: TestBook;
}

/** An address book that knows acme with one certificate, behind a node that can lie. */
async function setting(): Promise<Setting> {
  const directory = await newDirectory({ openRegistration: true });
  const owner = await directory.writer(ROLE.owner);
  await owner.register(peer('acme'));
  await owner.publish(published(peer('acme'), 0));
  const proxy = await nodeProxy(directory.chain.url);
  const book = directory.book({ rpc: { urls: [proxy.url] } });
  await book.list(NOW);
  return { directory, proxy, book };
}

/** Alters the answer to one method. */
describe('a reorganisation', () => {
  it('replaces what the cache says, with a warning', async () => {
    const { directory, book } = await setting();
    await (await directory.writer(ROLE.owner)).register(peer('globex'));
    expect(await book.list(NOW)).toHaveLength(2);
    await directory.rpc.call('anvil_reorg', [1, []]);
    expect((await book.list(NOW)).map(({ name }) => name)).toEqual(['acme']);
    expect(book.warnings.join()).toMatch(/the chain was reorganised: block \d+ is gone/);
  });

  it('does not bring a revoked certificate back', async () => {
    const { directory, book } = await setting();
    await (await directory.writer(ROLE.owner)).revoke(peer('acme'), 0, 1);
    await book.list(NOW);
    await directory.rpc.call('anvil_reorg', [1, []]);
    const acme = await book.find(peer('acme'), NOW);
    expect(acme?.certificates[0]?.revoked?.reason).toBe(1);
    expect(book.warnings).toHaveLength(1);
    await (await directory.writer(ROLE.owner)).publish(published(peer('acme'), 1));
    const later = await book.find(peer('acme'), NOW);
    expect(later?.certificates.map(({ revoked }) => revoked !== undefined)).toEqual([true, false]);
  });

  it('that only moves a change goes unnoticed, since the history is the same', async () => {
    const { directory, book } = await setting();
    await directory.rpc.call('anvil_mine', ['0x2']);
    await book.list(NOW);
    await directory.rpc.call('anvil_reorg', [2, []]);
    expect(await book.list(NOW)).toHaveLength(1);
    expect(book.warnings).toEqual([]);
  });

  it('of a block that was final is not believed', async () => {
    const { directory } = await setting();
    await (await directory.writer(ROLE.owner)).register(peer('globex'));
    await directory.rpc.call('anvil_mine', ['0x80']);
    const book = directory.book({
      ...{ path: `${directory.scratch}/final.db`, confirmations: 'finalized' },
    });
    expect(await book.list(NOW)).toHaveLength(2);
    await directory.rpc.call('anvil_reorg', [0x81, []]);
    await expect(book.list(NOW)).rejects.toMatchObject({
      code: 'peer-untrusted',
      message: expect.stringMatching(/block \d+, which was final, is gone/) as string,
    });
  });

  it('is told from another chain of the same id, which is refused', async () => {
    const { directory, book } = await setting();
    // Without fees the first block is another one, even within the same second.
    const another = await newDirectory({ isFree: true });
    await (
      await another.writer(ROLE.registrar)
    ).admit({
      name: peer('globex'),
      owner: another.account(ROLE.owner),
    });
    const moved = directory.book({ rpc: { urls: [another.chain.url] } });
    await book.list(NOW);
    expect(another.address).toBe(directory.address);
    await expect(moved.list(NOW)).rejects.toMatchObject({ code: 'config' });
  });
});
