import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RpcClient } from '../../src/registry/rpc.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

const HEIR = 6;
const DAY = 24 * 3600;
/** What is possible after a moment is not possible in it. */
const MINUTE = 60;

describe("the admin's part", () => {
  let consortium: Consortium;
  const registry = (profile: string, ...args: string[]) =>
    consortium.as(profile, ['registry', ...args]);
  const ok = (profile: string, ...args: string[]) => consortium.ok(profile, ['registry', ...args]);
  const info = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await ok('registrar', 'info', '--json')) as Record<string, unknown>;
  const wait = async (seconds: number): Promise<void> => {
    const rpc = new RpcClient({ urls: [consortium.network.chain.url] });
    await rpc.call('evm_increaseTime', [seconds]);
    await rpc.call('evm_mine', []);
  };

  beforeAll(async () => {
    consortium = await raiseConsortium();
    consortium.addProfile('heir', HEIR);
    consortium.addProfile('stranger', ACCOUNT.stranger);
    // The sandbox has no delay: nothing in it would ever be too early.
    await ok('registrar', 'admin-delay', '1d');
    await wait(2 * DAY);
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('opens and closes registration', async () => {
    await ok('registrar', 'open-registration', 'on');
    expect(await info()).toMatchObject({ openRegistration: true });
    await ok('registrar', 'open-registration', 'off');
    expect(await info()).toMatchObject({ openRegistration: false });
    const wrong = await registry('registrar', 'open-registration', 'maybe');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('neither on nor off: "maybe"');
  });

  it('shows what a change of it would cost, and changes nothing', async () => {
    const before = await info();
    const heir = consortium.account(HEIR);
    const shown = await ok('registrar', 'offer-admin', heir, '--dry-run');
    expect(shown).toContain(`beginDefaultAdminTransfer(${heir})`);
    expect(await info()).toEqual(before);
  });

  it('goes to nobody to whom it is not on offer', async () => {
    const refused = await registry('stranger', 'accept-admin');
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain("the admin's part is not on offer to account");
  });

  it('is offered, taken back, offered again, and taken after the delay', async () => {
    const heir = consortium.account(HEIR);
    await ok('registrar', 'offer-admin', heir);
    expect(await info()).toMatchObject({ nextAdmin: { account: heir } });
    await ok('registrar', 'withdraw-admin');
    expect(await info()).toMatchObject({ nextAdmin: null });
    await ok('registrar', 'offer-admin', heir);
    const early = await registry('heir', 'accept-admin');
    expect(early).toMatchObject({ code: 2, stdout: '' });
    expect(early.stderr).toMatch(/this is possible after \d{4}-/);
    await wait(DAY + MINUTE);
    await ok('heir', 'accept-admin');
    expect(await info()).toMatchObject({ admin: heir, nextAdmin: null });
    const former = await registry('registrar', 'open-registration', 'on');
    expect(former).toMatchObject({ code: 4, stdout: '' });
  });

  it('takes another delay, which takes a while to count', async () => {
    const { adminDelay } = await info();
    await ok('heir', 'admin-delay', '2d');
    expect(await info()).toMatchObject({ adminDelay, nextAdminDelay: { delay: '2d' } });
    await wait(3 * DAY);
    expect(await info()).toMatchObject({ adminDelay: '2d', nextAdminDelay: null });
    const wrong = await registry('heir', 'admin-delay', '400d');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('choose whole seconds between 1s and 365d');
  });

  it('can be given up, after it was offered to nobody and the delay is over', async () => {
    const asked = await registry('heir', 'renounce-role', 'admin', '--yes');
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain("no transfer of the admin's part has begun");
    await ok('heir', 'offer-admin', 'none', '--yes');
    expect(await info()).toMatchObject({ nextAdmin: { account: 'nobody' } });
    await wait(2 * DAY + MINUTE);
    await ok('heir', 'renounce-role', 'admin', '--yes');
    expect(await info()).toMatchObject({ admin: null, nextAdmin: null });
  });

  it('is not needed to give up a role of one own', async () => {
    await ok('registrar', 'renounce-role', 'revoker', '--yes');
    const described = (await info()) as { account: { roles: string[] } };
    expect(described.account.roles).toEqual(['registrar']);
    const again = await registry('registrar', 'renounce-role', 'revoker', '--yes');
    expect(again).toMatchObject({ code: 4, stdout: '' });
    expect(again.stderr).toContain('is not revoker');
    const unknown = await registry('registrar', 'renounce-role', 'king', '--yes');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
  });
});
