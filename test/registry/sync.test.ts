import { describe, expect, it } from 'vitest';
import type { PeerRecord } from '../../src/registry/port.js';
import type { DirectoryWriter, WriteOutcome } from '../../src/registry/writer-port.js';
import { newDirectory, peer, published, ROLE } from './directory.js';
import type { TestDirectory } from './directory.js';
import { nodeProxy, Refusal } from './node-proxy.js';

const NOW = { maxAge: 0, maxStale: 86_400_000 };
const FRESH = { maxAge: 60_000, maxStale: 86_400_000 };

/** The directory as read anew, without any cache. */
async function readAnew(directory: TestDirectory): Promise<readonly PeerRecord[]> {
  return directory.book({ path: `${directory.scratch}/${crypto.randomUUID()}.db` }).list(FRESH);
}

describe('synchronising', () => {
  it('makes of the changes what a fresh reader sees, whatever the change', async () => {
    const directory = await newDirectory();
    const [admin, registrar, , owner, guardian, other] = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) => directory.writer(index)),
    );
    if (!admin || !registrar || !owner || !guardian || !other) throw new Error('no writers');
    const acme = peer('acme');
    const certificate = published(acme, 0);
    const account = (index: number): `0x${string}` => directory.account(index);
    const steps: (() => Promise<WriteOutcome>)[] = [
      () => registrar.admit({ name: acme, owner: owner.from, guardian: guardian.from }),
      () => registrar.admit({ name: peer('globex'), owner: other.from }),
      () => owner.setProfile(acme, Buffer.from('{"inbox":"one"}')),
      () => owner.publish(certificate),
      () => owner.publish({ ...certificate, index: 1 }),
      () => owner.revoke(acme, 0, 1),
      () => owner.suspend(acme),
      () => registrar.reinstate(acme),
      () => owner.setOperator(acme, account(6)),
      () => owner.offerOwnership(acme, account(7)),
      () => owner.offerOwnership(acme, undefined),
      () => owner.changeGuardian(acme, account(8)),
      () => owner.cancelGuardianChange(acme),
      () => owner.changeGuardian(acme, account(8)),
      () => guardian.confirmGuardian(acme, account(8)),
      () => registrar.scheduleRecovery(acme, other.from),
      () => owner.cancelRecovery(acme),
      () => registrar.scheduleRecovery(acme, other.from),
      () => owner.offerOwnership(acme, other.from),
      () => other.acceptOwnership(acme),
      () => registrar.scheduleRecovery(acme, owner.from),
      () =>
        owner.setOperator(peer('globex'), account(6)).catch(() => admin.setOpenRegistration(true)),
      () => owner.register(peer('initech')),
      () => registrar.remove(peer('globex')),
      () => admin.revokeRole('registrar', registrar.from),
      () => admin.freeze(undefined),
    ];
    const book = directory.book();
    await book.list(FRESH);
    for (const step of steps) {
      await step();
      expect(await book.list(NOW)).toEqual(await readAnew(directory));
    }
    expect((await book.head(FRESH)).seq).toBe((await directory.reader().view()).state.seq);
    expect(book.warnings).toEqual([]);
  });

  it('completes a recovery once the delay is over', async () => {
    const directory = await newDirectory();
    const [registrar, other] = [await directory.writer(1), await directory.writer(5)];
    await registrar.admit({ name: peer('acme'), owner: directory.account(3) });
    const book = directory.book();
    await registrar.scheduleRecovery(peer('acme'), other.from);
    const announced = await book.find(peer('acme'), NOW);
    expect(announced?.pending.recovery?.account).toBe(other.from);
    await expect(other.acceptRecovery(peer('acme'))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^this is possible from 20..-/) as string,
    });
    await directory.rpc.call('evm_increaseTime', ['0xe11']);
    await other.acceptRecovery(peer('acme'));
    const recovered = await book.find(peer('acme'), NOW);
    expect(recovered).toMatchObject({ owner: other.from, pending: {} });
  });

  it.each(['eth_getLogs', 'eth_call'])(
    'starts anew from what another process has found meanwhile, as of the answer to %s',
    async (method) => {
      const directory = await newDirectory({ openRegistration: true });
      const owner = await directory.writer(ROLE.owner);
      await owner.register(peer('acme'));
      const proxy = await nodeProxy(directory.chain.url);
      const [slow, quick] = [directory.book({ rpc: { urls: [proxy.url] } }), directory.book()];
      await slow.list(NOW);
      await owner.publish(published(peer('acme'), 0));
      const isListing = method === 'eth_call';
      proxy.interfere = async (call, forward) => {
        if (isListing && call.method === 'eth_getLogs') return new Refusal('logs are switched off');
        const answer = await forward();
        if (call.method === method && call.params[1] !== 'latest') {
          proxy.interfere = (_, pass) => pass();
          await owner.revoke(peer('acme'), 0, 1);
          await quick.list(NOW);
        }
        return answer;
      };
      const [acme] = await slow.list(NOW);
      expect(acme?.certificates).toHaveLength(1);
      expect(acme?.certificates[0]?.revoked?.reason).toBe(1);
      expect(slow.warnings).toEqual([]);
    },
  );

  it('reads peers with more versions than an answer brings', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const owner = await directory.writer(ROLE.owner);
    await owner.register(peer('acme'));
    for (let index = 0; index < 11; index += 1) await owner.publish(published(peer('acme'), index));
    const [acme] = await readAnew(directory);
    expect(acme?.certificates.map(({ index }) => index)).toEqual([...Array(11).keys()]);
  });

  it('reads a directory of several pages', async () => {
    const directory = await newDirectory({ openRegistration: true });
    await registerMany(directory, await directory.writer(ROLE.owner), 230);
    const peers = await readAnew(directory);
    expect(peers).toHaveLength(230);
    expect(new Set(peers.map(({ name }) => name)).size).toBe(230);
  });

  it('asks for smaller pages and ranges when a node finds them too large', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const owner = await directory.writer(ROLE.owner);
    await registerMany(directory, owner, 30);
    const proxy = await nodeProxy(directory.chain.url);
    proxy.interfere = async ({ method, params }, forward) => {
      const [call] = params as [{ data?: string; fromBlock?: string; toBlock?: string }];
      if (method === 'eth_call' && call.data?.startsWith('0x') && pageOf(call.data) > 7) {
        return new Refusal('out of gas');
      }
      if (method === 'eth_getLogs' && Number(call.toBlock) - Number(call.fromBlock) > 1) {
        return new Refusal('range too large');
      }
      return forward();
    };
    const book = directory.book({ rpc: { urls: [proxy.url] } });
    expect(await book.list(FRESH)).toHaveLength(30);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) await owner.register(peer(name));
    const before = proxy.calls.length;
    expect(await book.list(NOW)).toHaveLength(35);
    const asked = proxy.calls.slice(before).filter(({ method }) => method === 'eth_getLogs');
    expect(asked.length).toBeGreaterThan(2);
  });
});

/** Registers peers in few blocks. */
async function registerMany(
  directory: TestDirectory,
  owner: DirectoryWriter,
  count: number,
): Promise<void> {
  await directory.rpc.call('evm_setIntervalMining', [1]);
  const all = Array.from({ length: count }, (_, index) => owner.register(peer(`peer-${index}`)));
  await Promise.all(all);
  await directory.rpc.call('evm_setAutomine', [true]);
}

/** The number of entries that a call of `list` asks for; 0 for other calls. */
function pageOf(data: string): number {
  return data.length === 2 + 8 + 3 * 64 ? Number(`0x${data.slice(74, 138)}`) : 0;
}
