import { describe, expect, it } from 'vitest';
import { newDirectory, peer, ROLE } from './directory.js';
import type { TestDirectory } from './directory.js';
import { HttpStatus, nodeProxy } from './node-proxy.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const FRESH = { maxAge: MINUTE, maxStale: DAY };

async function admit(directory: TestDirectory, ...names: string[]): Promise<void> {
  const registrar = await directory.writer(ROLE.registrar);
  const owner = directory.account(ROLE.owner);
  for (const name of names) await registrar.admit({ name: peer(name), owner });
}

describe('the address book without a chain that answers', () => {
  it('lets the message wait when a look that it needs fails', async () => {
    const directory = await newDirectory();
    const book = directory.book();
    await book.list(FRESH);
    await directory.chain.stop();
    await expect(book.lookSince(book.now() + 1)).rejects.toMatchObject({
      code: 'chain-unreachable',
      retryable: true,
    });
  });

  it('goes on with a warning while the chain is unreachable, and refuses after maxStale', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme');
    const book = directory.book();
    await book.find(peer('acme'), FRESH);
    await directory.chain.stop();
    book.wait(DAY);
    expect(await book.find(peer('acme'), FRESH)).toBeDefined();
    expect(await book.find(peer('acme'), FRESH)).toBeDefined();
    expect(book.warnings).toEqual([
      `no chain node answers (${directory.chain.url}: ECONNREFUSED); the address book is 86400 s old`,
    ]);
    book.wait(1);
    await expect(book.find(peer('acme'), FRESH)).rejects.toMatchObject({
      code: 'address-book-stale',
      retryable: true,
    });
  });

  it('asks a node that hangs again only after as long as it hung', async () => {
    const directory = await newDirectory();
    await admit(directory, 'acme');
    const proxy = await nodeProxy(directory.chain.url);
    const book = directory.book({ rpc: { urls: [proxy.url] } });
    await book.find(peer('acme'), FRESH);
    proxy.interfere = () => {
      book.wait(10_000);
      return Promise.resolve(new HttpStatus(404));
    };
    book.wait(MINUTE);
    const began = book.now();
    await book.find(peer('acme'), FRESH);
    const [took, calls] = [book.now() - began, proxy.calls.length];
    expect(took).toBeGreaterThanOrEqual(10_000);
    book.wait(took - 1);
    await book.find(peer('acme'), FRESH);
    expect(proxy.calls.length).toBe(calls);
    book.wait(1);
    await book.find(peer('acme'), FRESH);
    expect(proxy.calls.length).toBeGreaterThan(calls);
  });

  it('fails with nothing cached and no chain', async () => {
    const directory = await newDirectory();
    await directory.chain.stop();
    await expect(directory.book().list(FRESH)).rejects.toMatchObject({ code: 'chain-unreachable' });
  });

  it('treats a node that stands still like one that is gone', async () => {
    const directory = await newDirectory();
    const book = directory.book({ maxBlockAge: 10 * MINUTE });
    await book.list(FRESH);
    book.wait(11 * MINUTE);
    await book.list(FRESH);
    expect(book.warnings.join()).toMatch(/the newest block of the chain is 66\d s old/);
  });
});
