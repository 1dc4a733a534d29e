import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RpcClient } from '../../src/registry/rpc.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

const [OPERATOR, GUARDIAN, HEIR, COLD] = [4, 5, 6, 7] as const;

describe('who holds a peer', () => {
  let consortium: Consortium;
  const registry = (profile: string, ...args: string[]) =>
    consortium.as(profile, ['registry', ...args]);
  const ok = (profile: string, ...args: string[]) => consortium.ok(profile, ['registry', ...args]);
  const show = async (): Promise<object> =>
    JSON.parse(
      await consortium.ok('alice', ['peer', 'show', 'carol', '--refresh', '--json']),
    ) as object;
  const wait = async (seconds: number): Promise<void> => {
    const rpc = new RpcClient({ urls: [consortium.network.chain.url] });
    await rpc.call('evm_increaseTime', [seconds]);
    await rpc.call('evm_mine', []);
  };

  beforeAll(async () => {
    consortium = await raiseConsortium();
    consortium.addProfile('carol', ACCOUNT.carol);
    const shared = { peer: 'carol', keys: `${consortium.home}/data/carol/keys` };
    consortium.addProfile('carol-operator', OPERATOR, shared);
    consortium.addProfile('carol-guardian', GUARDIAN, shared);
    consortium.addProfile('carol-heir', HEIR, shared);
    await consortium.certify('carol', 'one');
    await ok('registrar', 'admit', 'carol', '--owner', consortium.account(ACCOUNT.carol));
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('lets an operator publish, and nothing else', async () => {
    expect((await consortium.as('carol-operator', ['register'])).code).toBe(4);
    await ok('carol', 'operator', 'carol', consortium.account(OPERATOR));
    await consortium.ok('carol-operator', ['register']);
    const revoke = ['revoke', '--reason', 'superseded', '--yes'];
    expect(await consortium.as('carol-operator', revoke)).toMatchObject({ code: 4, stdout: '' });
    await ok('carol', 'operator', 'carol', 'none');
    expect(await show()).not.toHaveProperty('operator');
  });

  it('gives a peer its first guardian at once, another one only with the consent of the first', async () => {
    await ok('carol', 'guardian', 'carol', consortium.account(GUARDIAN));
    expect(await show()).toMatchObject({ guardian: consortium.account(GUARDIAN) });
    const change = ['guardian', 'carol', consortium.account(COLD)] as const;
    expect((await registry('carol', ...change)).stderr).toContain('scheduled');
    expect(await show()).toMatchObject({
      guardian: consortium.account(GUARDIAN),
      pending: { guardian: { account: consortium.account(COLD) } },
    });
    expect((await registry('carol', ...change)).stderr).toContain('this is possible from');
    await ok('carol-guardian', 'object', 'carol');
    expect(await show()).not.toHaveProperty('pending');
  });

  it('lets the guardian take a peer from a thief at once', async () => {
    const args = ['recover', 'carol', '--owner', consortium.account(HEIR)];
    expect((await registry('carol-guardian', ...args)).code).toBe(2);
    await ok('carol-guardian', ...args, '--yes');
    expect(await show()).toMatchObject({ owner: consortium.account(HEIR) });
    expect((await registry('carol', 'operator', 'carol', 'none')).code).toBe(4);
  });

  it('hands a peer over in two steps', async () => {
    expect((await registry('carol', 'accept', 'carol')).code).toBe(4);
    const offered = await registry('carol-heir', 'offer', 'carol', consortium.account(3));
    expect(offered.stderr).toContain('msg registry accept carol');
    await ok('carol', 'accept', 'carol');
    expect(await show()).toMatchObject({ owner: consortium.account(ACCOUNT.carol) });
  });

  it('lets a registrar recover after the delay, unless somebody objects', async () => {
    const args = ['recover', 'carol', '--owner', consortium.account(HEIR), '--yes'];
    await ok('registrar', ...args);
    await ok('carol', 'object', 'carol');
    expect((await registry('carol-heir', 'accept', 'carol')).code).toBe(4);
    await ok('registrar', ...args);
    expect((await registry('carol-heir', 'accept', 'carol')).stderr).toContain('possible from');
    await wait(61);
    await ok('carol-heir', 'accept', 'carol');
    const record = await show();
    expect(record).toMatchObject({ owner: consortium.account(HEIR) });
    expect(record).not.toHaveProperty('guardian');
  });

  it('says that there is nothing to object to', async () => {
    const outcome = await registry('carol-heir', 'object', 'carol');
    expect(outcome).toMatchObject({ code: 0, stdout: '' });
    expect(outcome.stderr).toContain('nothing is scheduled for carol');
  });
});
