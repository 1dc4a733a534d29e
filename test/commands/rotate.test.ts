import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { openDirectoryWriter } from '../../src/registry/ethers.js';
import { parseAddress } from '../../src/registry/address.js';
import { openPeer } from '../../src/session/peer.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

const HELLO = ['--json', '{"hello": true}'];
const NAME = parsePeerName('carol');

describe('a certificate over the years', () => {
  let consortium: Consortium;

  /** The ids of the messages that a peer gets now. */
  const receive = async (profile: string): Promise<readonly string[]> => {
    const peer = openPeer({ profile, env: { MSG_HOME: consortium.home } });
    const ids: string[] = [];
    await peer.listen((message) => void ids.push(message.header.id), { untilEmpty: true });
    await peer.close();
    return ids;
  };
  const send = async (from: string, to: string): Promise<string> =>
    (await consortium.ok(from, ['send', to, ...HELLO])).trim();
  const verify = (profile: string) =>
    consortium.as(profile, ['peer', 'verify', 'carol', '--refresh']);

  beforeAll(async () => {
    consortium = await raiseConsortium();
    consortium.addProfile('carol', ACCOUNT.carol);
    await consortium.certify('carol', 'one');
    const owner = consortium.account(ACCOUNT.carol);
    await consortium.ok('registrar', ['registry', 'admit', 'carol', '--owner', owner]);
    await consortium.ok('carol', ['register']);
    await consortium.ok('carol', ['inbox', 'create']);
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('is rotated without losing what is under way', async () => {
    const before = await send('alice', 'carol');
    await consortium.certify('carol', 'two');
    const rotated = await consortium.as('carol', ['rotate', '--label', 'two']);
    expect(rotated.code).toBe(0);
    expect(rotated.stderr).toContain('published certificate version 1 of carol');
    expect(rotated.stderr).toMatch(/the key two signs in \S+, when .*; until then one does/);
    await consortium.ok('alice', ['peer', 'list', '--refresh']);
    const after = await send('alice', 'carol');
    expect(await receive('carol')).toEqual([before, after]);
    const answer = await send('carol', 'alice');
    expect(await receive('alice')).toEqual([answer]);
  });

  it('is rotated once: nothing is left to do the second time', async () => {
    const again = await consortium.as('carol', ['rotate']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('the key two is version 1 of carol');
  });

  it('is not revoked without a reason that makes sense', async () => {
    const args = ['revoke', '--reason', 'certificateHold', '--yes'];
    const refused = await consortium.as('carol', args);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('keyCompromise');
    const unknown = ['revoke', '--reason', 'superseded', '--index', '7', '--yes'];
    expect((await consortium.as('carol', unknown)).code).toBe(2);
    expect((await consortium.as('carol', ['revoke', '--reason', 'superseded'])).code).toBe(2);
  });

  it('may be revoked in an old version, and the newest still counts', async () => {
    const args = ['revoke', '--reason', 'superseded', '--index', '0', '--yes'];
    expect((await consortium.as('carol', args)).stderr).toContain('revoked certificate version 0');
    expect((await verify('alice')).code).toBe(0);
    const again = await consortium.as('carol', args);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('was revoked already');
  });

  it("is nobody else's to revoke", async () => {
    const args = ['revoke', '--peer', 'carol', '--reason', 'keyCompromise', '--yes'];
    expect(await consortium.as('alice', args)).toMatchObject({ code: 4, stdout: '' });
  });

  it('counts no more once its newest version is revoked, and no older one does either', async () => {
    const args = ['revoke', '--reason', 'keyCompromise', '--yes', '--json'];
    await consortium.ok('carol', args);
    const verified = await verify('alice');
    expect(verified.code).toBe(3);
    expect(verified.stdout).toMatch(/^version\tfail\tcertificate version 1 was revoked on /m);
    expect(await consortium.as('alice', ['send', 'carol', ...HELLO])).toMatchObject({
      code: 3,
      stdout: '',
    });
    const shown = JSON.parse(
      await consortium.ok('alice', ['peer', 'show', 'carol', '--json']),
    ) as object;
    expect(shown).toMatchObject({
      certificates: [
        { revoked: { reason: 'superseded' } },
        { revoked: { reason: 'keyCompromise' } },
      ],
    });
    const again = await consortium.as('carol', ['register']);
    expect(again).toMatchObject({ code: 4, stdout: '' });
    expect(again.stderr).toContain('revoked');
  });

  it('is followed by a new one, which counts at once for whoever writes', async () => {
    await consortium.certify('carol', 'three');
    await consortium.ok('carol', ['rotate', '--label', 'three']);
    const id = await send('alice', 'carol');
    expect(await receive('carol')).toEqual([id]);
  });

  it('may be published of a suspended peer, which says so', async () => {
    await consortium.ok('registrar', ['registry', 'suspend', 'carol', '--yes']);
    await consortium.certify('carol', 'four');
    const rotated = await consortium.as('carol', ['rotate', '--label', 'four']);
    expect(rotated.code).toBe(0);
    expect(rotated.stderr).toContain('carol is suspended');
    expect((await verify('alice')).code).toBe(3);
    await consortium.ok('registrar', ['registry', 'lift', 'carol', '--yes']);
    expect((await verify('alice')).code).toBe(0);
  });

  it('is published anew under a new owner, and still counts when the old version no longer does', async () => {
    const { chain, state } = consortium.network;
    const writerOf = (account: number) =>
      openDirectoryWriter({
        ...{ rpc: { urls: [chain.url] }, chainId: chain.chainId, pollInterval: 5 },
        account: { kind: 'key', privateKey: chain.accounts[account]?.privateKey ?? '' },
        ...{ lockDirectory: consortium.home, address: parseAddress(state.directory) },
      });
    await (await writerOf(ACCOUNT.carol)).offerOwnership(NAME, consortium.account(4));
    await (await writerOf(4)).acceptOwnership(NAME);
    consortium.addProfile('carol-anew', 4, {
      peer: 'carol',
      keys: `${consortium.home}/data/carol/keys`,
    });
    expect((await consortium.as('carol', ['register'])).code).toBe(4);
    const registered = JSON.parse(
      await consortium.ok('carol-anew', ['register', '--json']),
    ) as object;
    expect(registered).toMatchObject({ index: 4, state: 'written' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * 60_000 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const id = await send('carol-anew', 'alice');
    expect(await receive('alice')).toEqual([id]);
  });
});
