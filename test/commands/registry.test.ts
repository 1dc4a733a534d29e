import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READER_CHECKS } from '../../src/commands/peer-inquiry.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

interface Info {
  readonly address: string;
  readonly seq: number;
  readonly account: { readonly roles: readonly string[]; readonly peers: readonly string[] };
}

describe('governing a directory', () => {
  let consortium: Consortium;
  const info = async (profile: string, ...flags: string[]): Promise<Info> =>
    JSON.parse(await consortium.ok(profile, ['registry', 'info', '--json', ...flags])) as Info;
  const verify = (profile: string, name: string) =>
    consortium.as(profile, ['peer', 'verify', name, '--json']);

  beforeAll(async () => {
    consortium = await raiseConsortium();
    consortium.addProfile('stranger', ACCOUNT.stranger);
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('shows the directory, and what part the own account has in it', async () => {
    const { state } = consortium.network;
    expect(await info('registrar')).toMatchObject({
      ...{
        address: state.directory,
        chainId: Number(consortium.network.chain.chainId),
        peers: 2,
        frozen: false,
        successor: null,
      },
      ...{ openRegistration: false, recoveryDelay: '1m' },
      codeHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) as string,
      account: { roles: ['admin', 'registrar', 'revoker'], peers: [] },
    });
    expect((await info('alice')).account).toMatchObject({ roles: [], peers: ['owner of alice'] });
  });

  it('takes nothing from a contract that is no directory', async () => {
    const other = consortium.account(8);
    const refused = await consortium.as('alice', ['registry', 'info', '--directory', other]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`there is no contract at ${other}`);
  });

  it('lets only a registrar admit', async () => {
    const args = ['registry', 'admit', 'mallory', '--owner', consortium.account(9)];
    const refused = await consortium.as('stranger', args);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('does not have the role');
    await consortium.ok('registrar', ['registry', 'grant', 'registrar', consortium.account(9)]);
    expect((await info('stranger')).account.roles).toEqual(['registrar']);
    const admitted = await consortium.as('stranger', args);
    expect(admitted.code).toBe(0);
    expect(admitted.stderr).toContain('mallory has no guardian');
    await consortium.ok('registrar', [
      'registry',
      'revoke-role',
      'registrar',
      consortium.account(9),
    ]);
    const next = ['registry', 'admit', 'mallory-2', '--owner', consortium.account(9)];
    expect((await consortium.as('stranger', next)).code).toBe(4);
  });

  it('leaves a name to the owner who has it already', async () => {
    const before = await info('registrar');
    const owner = consortium.account(ACCOUNT.alice);
    const again = await consortium.as('registrar', [
      'registry',
      'admit',
      'alice',
      '--owner',
      owner,
    ]);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('alice is admitted already');
    const other = ['registry', 'admit', 'alice', '--owner', consortium.account(8)];
    expect(await consortium.as('registrar', other)).toMatchObject({ code: 2, stdout: '' });
    expect((await info('registrar')).seq).toBe(before.seq);
  });

  it('asks before it suspends, and does not guess an answer', async () => {
    const asked = await consortium.as('registrar', ['registry', 'suspend', 'bob']);
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain('answer with --yes');
    expect((await verify('alice', 'bob')).code).toBe(0);
  });

  it('suspends a peer for all others until that is lifted', async () => {
    await consortium.ok('registrar', ['registry', 'suspend', 'bob', '--yes']);
    const refused = await verify('alice', 'bob');
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      ...{ peer: 'bob', trusted: false, failed: 'status', reason: 'the directory says suspended' },
      notMade: READER_CHECKS.slice(2),
    });
    const sent = await consortium.as('alice', ['send', 'bob', '--json', '{}']);
    expect(sent).toMatchObject({ code: 3, stdout: '' });
    const again = await consortium.as('registrar', ['registry', 'suspend', 'bob', '--yes']);
    expect(again.code).toBe(3);
    await consortium.ok('registrar', ['registry', 'lift', 'bob', '--yes']);
    expect((await verify('alice', 'bob')).code).toBe(0);
    expect((await consortium.as('alice', ['send', 'bob', '--json', '{}'])).code).toBe(0);
  });

  it('removes a peer for good', async () => {
    await consortium.ok('registrar', ['registry', 'remove', 'mallory', '--yes']);
    const refused = await verify('alice', 'mallory');
    expect(JSON.parse(refused.stdout)).toMatchObject({ failed: 'status' });
    const again = ['registry', 'admit', 'mallory', '--owner', consortium.account(9)];
    expect(await consortium.as('registrar', again)).toMatchObject({ code: 2 });
  });

  it('deploys a directory for a profile that has none, and keeps the one of a profile that has', async () => {
    const unset = { directory: undefined, 'chain.id': undefined };
    consortium.addProfile('founder', 8, unset);
    const dry = await consortium.ok('founder', ['registry', 'deploy', '--dry-run', '--json']);
    expect(JSON.parse(dry)).toMatchObject({
      state: 'dry-run',
      chainId: Number(consortium.network.chain.chainId),
    });
    const terms = ['--open-registration', '--recovery-delay', '1h', '--admin-delay', '2h'];
    const deployed = await consortium.as('founder', ['registry', 'deploy', ...terms, '--json']);
    const { address } = JSON.parse(deployed.stdout) as { address: string };
    expect(deployed.stderr).toContain('msg registry grant registrar');
    expect(await info('founder')).toMatchObject({
      ...{
        address,
        chainId: Number(consortium.network.chain.chainId),
        openRegistration: true,
        recoveryDelay: '1h',
      },
      ...{ admin: consortium.account(8), account: { roles: ['admin'] } },
    });
    const second = await consortium.as('founder', ['registry', 'deploy', '--json']);
    const { address: other } = JSON.parse(second.stdout) as { address: string };
    expect(second.stderr).toContain(`msg profile set directory ${other}`);
    expect((await info('founder')).address).toBe(address);
    await consortium.ok('founder', [
      'registry',
      'deploy',
      '--save',
      '--admin',
      consortium.account(9),
    ]);
    expect(await info('founder')).not.toMatchObject({ address });
  });

  it('takes a free name where registration is open', async () => {
    consortium.addProfile('walker', 7, { directory: undefined });
    await consortium.ok('walker', ['registry', 'deploy', '--open-registration']);
    await consortium.certify('walker', 'one');
    const guardian = consortium.account(6);
    const registered = await consortium.as('walker', [
      'register',
      '--guardian',
      guardian,
      '--json',
    ]);
    expect(JSON.parse(registered.stdout)).toMatchObject({
      ...{ peer: 'walker', index: 0, state: 'written' },
      transactions: [{ state: 'written' }, { state: 'written' }],
    });
    const shown = JSON.parse(
      await consortium.ok('walker', ['peer', 'show', 'walker', '--json']),
    ) as object;
    expect(shown).toMatchObject({ guardian, trusted: true });
    const other = ['register', '--guardian', consortium.account(5)];
    expect(await consortium.as('walker', other)).toMatchObject({ code: 2, stdout: '' });
  });

  it('freezes a directory for good: one can still revoke, but no longer publish', async () => {
    const [args, successor] = [['registry', 'freeze'], consortium.account(5)];
    expect(await consortium.as('walker', args)).toMatchObject({ code: 2, stdout: '' });
    await consortium.ok('walker', [...args, '--successor', successor, '--yes']);
    expect(await info('walker')).toMatchObject({ frozen: true, successor });
    await consortium.certify('walker', 'two');
    const refused = await consortium.as('walker', ['rotate', '--label', 'two']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(successor);
    await consortium.ok('walker', ['revoke', '--reason', 'superseded', '--yes']);
  });

  it.each([
    {
      what: 'a role that is none',
      args: ['grant', 'admin', `0x${'1'.repeat(40)}`],
      hint: 'registrar, revoker',
    },
    {
      what: 'an account that is none',
      args: ['grant', 'revoker', '0x1'],
      hint: '40 hexadecimal digits',
    },
    { what: 'a name that is none', args: ['suspend', 'No Body', '--yes'], hint: 'lower-case' },
    { what: 'half a second', args: ['deploy', '--admin-delay', '500ms'], hint: 'such as 2d' },
  ])('refuses $what', async ({ args, hint }) => {
    const refused = await consortium.as('registrar', ['registry', ...args]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(hint);
  });
});
