import { describe, expect, it } from 'vitest';
import { encodeWord } from '../../src/registry/abi/call.js';
import type { TestBook, TestDirectory } from './directory.js';
import { newDirectory, peer, published, ROLE } from './directory.js';
import type { Interference, NodeProxy } from './node-proxy.js';
import { nodeProxy, Refusal } from './node-proxy.js';

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
function altering(method: string, alter: (answer: unknown) => unknown): Interference {
  return async (call, forward) => (call.method === method ? alter(await forward()) : forward());
}

type Log = Record<string, unknown> & { topics: string[]; data: string };

describe('a node that lies', () => {
  it.each<[string, (logs: Log[]) => Log[], RegExp]>([
    ['hides every change', () => [], /its logs end at change \d+, its directory at change \d+$/],
    ['hides a revocation', (logs) => logs.filter((_, index) => index < 2), /its logs end/],
    ['hides the change before', (logs) => logs.slice(2), /the hash chain breaks/],
    ['hides an event, not that there was one', (logs) => logs.slice(1), /no event belongs/],
    ['swaps two changes', (logs) => [...logs.slice(2), ...logs.slice(0, 2)], /hash chain breaks/],
    ['repeats a change', (logs) => [...logs.slice(0, 2), ...logs], /hash chain breaks/],
    [
      'alters what was published',
      ([first, ...rest]) => [{ ...first, data: flipped(first?.data ?? '') } as Log, ...rest],
      /hash chain breaks/,
    ],
    [
      'moves a change to another peer',
      ([first, ...rest]) => [
        { ...first, topics: [first?.topics[0], `0x${'ab'.repeat(32)}`] } as Log,
        ...rest,
      ],
      /hash chain breaks/,
    ],
  ])('is caught when it %s', async (_, alter, message) => {
    const { directory, proxy, book } = await setting();
    const owner = await directory.writer(ROLE.owner);
    await owner.publish(published(peer('acme'), 1));
    await owner.revoke(peer('acme'), 1, 1);
    proxy.interfere = altering('eth_getLogs', (logs) => alter(logs as Log[]));
    await expect(book.list(NOW)).rejects.toMatchObject({
      code: 'peer-untrusted',
      message: expect.stringMatching(message) as string,
    });
    proxy.interfere = (__, forward) => forward();
    expect((await book.find(peer('acme'), NOW))?.certificates[1]?.revoked?.reason).toBe(1);
  });

  it('is caught when it takes changes back', async () => {
    const { directory, proxy, book } = await setting();
    const old = await directory.rpc.call('eth_call', [
      { to: directory.address, data: '0xc19d93fb' },
      'latest',
    ]);
    const oldBlock = await directory.rpc.call('eth_getBlockByNumber', ['latest', false]);
    await (await directory.writer(ROLE.owner)).suspend(peer('acme'));
    await book.list(NOW);
    proxy.interfere = async ({ method, params }, forward) => {
      const isHead = params.includes('latest');
      if (method === 'eth_call' && isHead) return old;
      if (method === 'eth_getBlockByNumber' && isHead) return oldBlock;
      return forward();
    };
    await expect(book.list(NOW)).rejects.toMatchObject({ code: 'peer-untrusted' });
    expect((await book.find(peer('acme'), { ...NOW, maxAge: 60_000 }))?.status).toBe('suspended');
  });

  it('is taken for one that is behind when it does not have the block yet', async () => {
    const { directory, proxy, book } = await setting();
    const past = await directory.rpc.call('eth_blockNumber', []);
    await (await directory.writer(ROLE.owner)).suspend(peer('acme'));
    await book.list(NOW);
    proxy.interfere = async ({ method, params }, forward) => {
      if (
        method === 'eth_getBlockByNumber' &&
        BigInt(hexOf(params[0], past)) > BigInt(String(past))
      )
        return null;
      const tag = method === 'eth_call' ? 1 : 0;
      if (params[tag] !== 'latest') return forward();
      return directory.rpc.call(
        method,
        params.map((value, index) => (index === tag ? past : value)),
      );
    };
    expect((await book.find(peer('acme'), NOW))?.status).toBe('suspended');
    expect(book.warnings.join()).toMatch(
      /the chain node is behind: at block \d+, the address book/,
    );
  });

  it('is outvoted by one honest node with a longer history', async () => {
    const { directory, proxy } = await setting();
    const book = directory.book({ rpc: { urls: [proxy.url, directory.chain.url] } });
    const frozen = new Map<string, unknown>();
    proxy.interfere = async ({ method, params }, forward) => {
      const key = JSON.stringify([method, params]);
      if (!frozen.has(key)) frozen.set(key, await forward());
      return frozen.get(key);
    };
    await book.list(NOW);
    await (await directory.writer(ROLE.owner)).suspend(peer('acme'));
    expect((await book.find(peer('acme'), NOW))?.status).toBe('suspended');
  });

  it('is noticed when two nodes tell different histories of one block', async () => {
    const { directory, proxy } = await setting();
    proxy.interfere = altering('eth_call', (answer) => flipped(String(answer), 100));
    const book = directory.book({
      path: `${directory.scratch}/other.db`,
      rpc: { urls: [directory.chain.url, proxy.url] },
    });
    await expect(book.list(NOW)).rejects.toMatchObject({
      code: 'peer-untrusted',
      message: expect.stringMatching(
        /two nodes tell different histories up to block \d+/,
      ) as string,
    });
  });

  it('is noticed when it tells more of a block than an honest node that is further', async () => {
    const { directory, proxy, book } = await setting();
    const both = directory.book({ rpc: { urls: [proxy.url, directory.chain.url] } });
    await (await directory.writer(ROLE.owner)).suspend(peer('acme'));
    const { block } = await book.head(NOW);
    const pin = (params: readonly unknown[]): unknown[] =>
      params.map((value) => (value === 'latest' ? `0x${block.toString(16)}` : value));
    proxy.interfere = async ({ method, params }) => {
      const answer = await directory.rpc.call(method, pin(params));
      return method === 'eth_call' ? withLaterSequence(String(answer)) : answer;
    };
    await directory.rpc.call('anvil_mine', ['0x3']);
    await expect(both.list(NOW)).rejects.toMatchObject({
      code: 'peer-untrusted',
      message: expect.stringMatching(/two nodes tell different histories up to block/) as string,
    });
  });

  it('that withholds a change it has the block of is noticed, whichever of the two it is', async () => {
    const { directory, proxy } = await setting();
    const old = await directory.rpc.call('eth_call', [
      { to: directory.address, data: '0xc19d93fb' },
      'latest',
    ]);
    await (await directory.writer(ROLE.owner)).suspend(peer('acme'));
    const past = await directory.rpc.call('eth_getBlockByNumber', ['latest', false]);
    const { number, parentHash } = past as { number: string; parentHash: string };
    // The contract's state as it was, dated to the block that holds the suspension.
    proxy.interfere = altering('eth_call', () => redated(String(old), BigInt(number), parentHash));
    for (const urls of [
      [proxy.url, directory.chain.url],
      [directory.chain.url, proxy.url],
    ]) {
      const book = directory.book({ rpc: { urls } });
      await expect(book.list(NOW)).rejects.toMatchObject({
        code: 'peer-untrusted',
        message: expect.stringMatching(/two nodes tell different histories/) as string,
      });
    }
  });

  it('that is on another fork makes readers wait, even when their cache is young enough', async () => {
    const { directory, proxy } = await setting();
    const book = directory.book({ rpc: { urls: [proxy.url, directory.chain.url] } });
    await book.list(NOW);
    await (await directory.writer(ROLE.owner)).suspend(peer('acme'));
    const answers = new Map<string, unknown>();
    proxy.interfere = async ({ method, params }, forward) => {
      const key = JSON.stringify([method, params]);
      if (!answers.has(key)) answers.set(key, await forward());
      return answers.get(key);
    };
    await directory
      .book({ path: `${directory.scratch}/4.db`, rpc: { urls: [proxy.url] } })
      .list(NOW);
    await directory.rpc.call('anvil_reorg', [1, []]);
    await (await directory.writer(ROLE.owner)).setProfile(peer('acme'), Buffer.from('{}'));
    await expect(book.list(NOW)).rejects.toMatchObject({
      ...{ code: 'address-book-stale', retryable: true },
      message: expect.stringMatching(
        /two chain nodes are on different forks in block \d+/,
      ) as string,
    });
  });

  it('cannot clear a revocation by giving no logs', async () => {
    const { directory, proxy, book } = await setting();
    const owner = await directory.writer(ROLE.owner);
    await owner.revoke(peer('acme'), 0, 1);
    const revoked = await book.find(peer('acme'), NOW);
    expect(revoked?.certificates[0]?.revoked).toBeDefined();
    await owner.setProfile(peer('acme'), Buffer.from('{}'));
    const at = encodeWord(BigInt(revoked?.certificates[0]?.revoked?.at ?? 0) / 1000n).toString(
      'hex',
    );
    proxy.interfere = async ({ method, params }, forward) => {
      const answer = await forward();
      if (method === 'eth_getLogs') return new Refusal('logs are switched off');
      return method === 'eth_call' && params[1] !== 'latest'
        ? String(answer).replaceAll(at, '0'.repeat(64))
        : answer;
    };
    await book.list(NOW);
    expect((await book.find(peer('acme'), NOW))?.certificates[0]?.revoked).toBeDefined();
  });

  it.each([
    ['nothing', null],
    ['an object', {}],
    ['no bytes', '0x'],
    ['half a byte', '0x0'],
    ['letters', `0x${'zz'.repeat(400)}`],
    ['ones', `0x${'ff'.repeat(4_000)}`],
    ['zeros', `0x${'00'.repeat(4_000)}`],
    ['control characters', '\u001b[2J'],
  ])('is caught when it answers with %s', async (_, answer) => {
    const { directory, proxy } = await setting();
    proxy.interfere = altering('eth_call', () => answer);
    const book = directory.book({ path: `${directory.scratch}/2.db`, rpc: { urls: [proxy.url] } });
    await expect(book.list(NOW)).rejects.toMatchObject({ code: 'peer-untrusted' });
  });

  it('is refused at the first contact when it is on another chain', async () => {
    const { directory, proxy } = await setting();
    const book = directory.book({ chainId: 4n, rpc: { urls: [proxy.url] } });
    await expect(book.list(NOW)).rejects.toMatchObject({
      code: 'config',
      message: 'the node is on chain 31337, not on chain 4',
    });
  });

  it('is refused at the first contact when another contract, or none, is there', async () => {
    const { directory } = await setting();
    const nobody = directory.book({ address: directory.account(9) });
    await expect(nobody.list(NOW)).rejects.toMatchObject({
      code: 'config',
      message: `there is no contract at ${directory.account(9)} on chain 31337`,
    });
    const pinned = directory.book({
      path: `${directory.scratch}/3.db`,
      codeHash: `0x${'00'.repeat(32)}`,
    });
    await expect(pinned.list(NOW)).rejects.toMatchObject({
      message: `there is another contract at ${directory.address} on chain 31337`,
    });
  });
});

/** A state with one more change than there was. */
function withLaterSequence(answer: string): string {
  const seq = BigInt(answer.slice(0, 66)) + 1n;
  return encodeHex([seq]) + answer.slice(66);
}

/** A state that claims to be of another block. */
function redated(answer: string, block: bigint, parentHash: string): string {
  const words = answer.slice(2).match(/.{64}/g) ?? [];
  words[8] = encodeWord(block).toString('hex');
  words[9] = parentHash.slice(2);
  return `0x${words.join('')}`;
}

function encodeHex(words: readonly bigint[]): string {
  return `0x${Buffer.concat(words.map((word) => encodeWord(word))).toString('hex')}`;
}

function flipped(hex: string, at = hex.length - 2): string {
  return hex.slice(0, at) + (hex[at] === '0' ? '1' : '0') + hex.slice(at + 1);
}

function hexOf(tag: unknown, otherwise: unknown): string {
  return typeof tag === 'string' && tag.startsWith('0x') ? tag : String(otherwise);
}
