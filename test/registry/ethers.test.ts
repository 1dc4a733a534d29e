import { describe, expect, it } from 'vitest';
import { loadArtifact } from '../../src/registry/artifact.js';
import { deployDirectory } from '../../src/registry/ethers.js';
import { keccak256Hex } from '../../src/registry/keccak.js';
import { until } from '../support/until.js';
import { newDirectory, peer, ROLE } from './directory.js';
import { HttpStatus, nodeProxy } from './node-proxy.js';

const NOW = { maxAge: 0, maxStale: 1 };
const ACME = peer('acme');

describe('deploying', () => {
  it('puts the code on the chain whose hash readers expect', async () => {
    const directory = await newDirectory();
    const { codeHash } = await loadArtifact();
    const code = await directory.rpc.call('eth_getCode', [directory.address, 'latest']);
    expect(keccak256Hex(Buffer.from(String(code).slice(2), 'hex'))).toBe(codeHash);
    await expect(directory.reader().check(codeHash)).resolves.toBeUndefined();
  });

  it('says which delay the contract refuses', async () => {
    const directory = await newDirectory();
    const settings = {
      rpc: { urls: [directory.chain.url] },
      chainId: 31_337n,
      account: { kind: 'key', privateKey: directory.chain.accounts[0]?.privateKey ?? '' } as const,
      lockDirectory: directory.scratch,
    };
    const terms = { admin: directory.account(0), adminDelay: 1, openRegistration: false };
    await expect(deployDirectory(settings, { ...terms, recoveryDelay: 0 })).rejects.toMatchObject({
      code: 'usage',
      message: 'a delay of 0 seconds is not possible',
    });
    await expect(
      deployDirectory({ ...settings, chainId: 1n }, { ...terms, recoveryDelay: 1 }),
    ).rejects.toMatchObject({ code: 'config', message: 'the node is on chain 31337, not on 1' });
  });
});

describe('a write', () => {
  it('says what it cost and where it is', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const outcome = await (await directory.writer(ROLE.owner)).register(ACME);
    expect(outcome).toMatchObject({ kind: 'written', from: directory.account(ROLE.owner) });
    if (outcome.kind !== 'written') throw new Error('not written');
    expect(outcome.transaction).toMatch(/^0x[0-9a-f]{64}$/);
    expect(outcome.gasUsed).toBeGreaterThan(21_000n);
    expect((await directory.reader().view()).block.number).toBe(outcome.block);
  });

  it('in a dry run shows call and gas, and changes nothing', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const writer = await directory.writer(ROLE.owner, { dryRun: true });
    const outcome = await writer.register(ACME);
    expect(outcome).toMatchObject({
      kind: 'dry-run',
      to: directory.address,
      call: `register(acme, 0x${'0'.repeat(40)})`,
    });
    expect(outcome.kind === 'dry-run' && outcome.gas > 21_000n).toBe(true);
    expect(await directory.book().find(ACME, NOW)).toBeUndefined();
  });

  it('in a dry run is refused as the real one would be', async () => {
    const directory = await newDirectory();
    const writer = await directory.writer(ROLE.owner, { dryRun: true });
    await expect(writer.register(ACME)).rejects.toMatchObject({ code: 'not-authorised' });
  });

  it.each(['auto', 'legacy'] as const)('pays %s fees', async (fees) => {
    const directory = await newDirectory({ openRegistration: true });
    const outcome = await (await directory.writer(ROLE.owner, { fees })).register(ACME);
    const hash = outcome.kind === 'written' ? outcome.transaction : '';
    const sent = await directory.rpc.call('eth_getTransactionByHash', [hash]);
    expect(sent).toMatchObject({ type: fees === 'auto' ? '0x2' : '0x0' });
  });

  it('by an account without money is possible where gas is free, and refused elsewhere', async () => {
    const poor = { kind: 'key', privateKey: `0x${'42'.repeat(32)}` } as const;
    const free = await newDirectory({ isFree: true });
    await (await free.writer(ROLE.admin)).setOpenRegistration(true);
    const writer = await free.writer(ROLE.owner, { account: poor, fees: 'free' });
    expect(await writer.register(ACME)).toMatchObject({ kind: 'written' });
    const paid = await newDirectory({ openRegistration: true });
    const broke = await paid.writer(ROLE.owner, { account: poor });
    await expect(broke.register(ACME)).rejects.toMatchObject({
      code: 'account',
      message: `account ${broke.from} cannot pay for the gas`,
    });
  });

  it('by an external signer goes through eth_sendTransaction', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const signer = await nodeProxy(directory.chain.url);
    const writer = await directory.writer(ROLE.owner, {
      account: {
        kind: 'external',
        address: directory.account(ROLE.owner),
        rpc: { urls: [signer.url] },
      },
    });
    await writer.register(ACME);
    expect(signer.calls.map(({ method }) => method)).toEqual(['eth_sendTransaction']);
    expect((await directory.book().find(ACME, NOW))?.owner).toBe(directory.account(ROLE.owner));
  });

  it('is sent once though the answer to it is lost', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const proxy = await nodeProxy(directory.chain.url);
    const writer = await directory.writer(ROLE.owner, { rpc: { urls: [proxy.url] } });
    proxy.interfere = async ({ method }, forward) => {
      const answer = await forward();
      return method === 'eth_sendRawTransaction' ? new HttpStatus(500) : answer;
    };
    expect(await writer.register(ACME)).toMatchObject({ kind: 'written' });
    const sent = proxy.calls.filter(({ method }) => method === 'eth_sendRawTransaction');
    expect(sent).toHaveLength(1);
  });

  it('is sent again when it was lost on its way', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const proxy = await nodeProxy(directory.chain.url);
    const writer = await directory.writer(ROLE.owner, { rpc: { urls: [proxy.url] } });
    let lost = 0;
    proxy.interfere = async ({ method }, forward) =>
      method === 'eth_sendRawTransaction' && lost++ === 0 ? new HttpStatus(500) : forward();
    expect(await writer.register(ACME)).toMatchObject({ kind: 'written' });
    expect(lost).toBe(2);
  });

  it('takes the next nonce when somebody else used its own', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const proxy = await nodeProxy(directory.chain.url);
    const writer = await directory.writer(ROLE.owner, { rpc: { urls: [proxy.url] } });
    await writer.register(peer('before'));
    let asked = 0;
    proxy.interfere = async ({ method }, forward) =>
      method === 'eth_getTransactionCount' && asked++ === 0 ? '0x0' : forward();
    expect(await writer.register(ACME)).toMatchObject({ kind: 'written' });
    expect(asked).toBe(2);
  });

  it('that is in no block in time fails with its hash', async () => {
    const directory = await newDirectory({ openRegistration: true });
    await directory.rpc.call('evm_setAutomine', [false]);
    const writer = await directory.writer(ROLE.owner, { timeout: 100 });
    await expect(writer.register(ACME)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/^transaction 0x[0-9a-f]{64} does not count/) as string,
    });
  });

  it.each([
    [2, '0x1'],
    ['finalized', '0x20'],
  ] as const)('waits for the confirmations asked for: %s', async (confirmations, blocks) => {
    const directory = await newDirectory({ openRegistration: true });
    const writer = await directory.writer(ROLE.owner, { confirmations });
    let isDone = false;
    const written = writer.register(ACME).then((outcome) => {
      isDone = true;
      return outcome;
    });
    await until('the transaction is in a block', async () => {
      const { state } = await directory.reader().view();
      return state.peers === 1;
    });
    await directory.rpc.call('anvil_mine', [blocks]);
    expect(isDone).toBe(false);
    await directory.rpc.call('anvil_mine', [blocks]);
    expect((await written).kind).toBe('written');
  });
});
