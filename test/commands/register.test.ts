import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READER_CHECKS } from '../../src/commands/peer-inquiry.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

const HASH = /^0x[0-9a-f]{64}\n$/;

describe('enrolling a peer', () => {
  let consortium: Consortium;
  const admit = (name: string, account: number) =>
    consortium.ok('registrar', ['registry', 'admit', name, '--owner', consortium.account(account)]);

  beforeAll(async () => {
    consortium = await raiseConsortium();
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('makes carol, from nothing, somebody that alice can write to', async () => {
    consortium.addProfile('carol', ACCOUNT.carol);
    await consortium.certify('carol', 'one');
    const early = await consortium.as('carol', ['register']);
    expect(early).toMatchObject({ code: 3, stdout: '' });
    const owner = consortium.account(ACCOUNT.carol);
    expect(early.stderr).toContain(`ask the registrar: msg registry admit carol --owner ${owner}`);

    expect(await admit('carol', ACCOUNT.carol)).toMatch(HASH);
    const registered = await consortium.as('carol', ['register']);
    expect(registered).toMatchObject({ code: 0, stdout: expect.stringMatching(HASH) as string });
    expect(registered.stderr).toContain('published certificate version 0 of carol');

    const verified = await consortium.ok('alice', ['peer', 'verify', 'carol']);
    const results = verified
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 2));
    expect(results).toEqual(READER_CHECKS.map((check) => [check, 'pass']));
    await consortium.ok('carol', ['inbox', 'create']);
    await consortium.ok('alice', ['send', 'carol', '--json', '{"hello": "carol"}']);
  });

  it('says that a certificate is registered already, and sends nothing', async () => {
    const { block } = JSON.parse(await consortium.ok('alice', ['registry', 'info', '--json'])) as {
      block: { number: number };
    };
    const again = await consortium.as('carol', ['register']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('already registered: the key one is version 0 of carol');
    const asJson = await consortium.ok('carol', ['register', '--json']);
    expect(JSON.parse(asJson)).toMatchObject({ peer: 'carol', index: 0, state: 'registered' });
    const after = JSON.parse(
      await consortium.ok('alice', ['registry', 'info', '--json']),
    ) as object;
    expect(after).toMatchObject({ block: { number: block.number } });
  });

  it('needs no passphrase to find that nothing is to be done', async () => {
    const flags = ['--key-passphrase', 'prompt', '--account', 'keystore:/no/such/account.json'];
    expect(await consortium.as('carol', ['register', ...flags])).toMatchObject({ code: 0 });
  });

  it('sets the inbox that senders find, once', async () => {
    const first = await consortium.as('carol', ['register', '--inbox', 'carol.incoming']);
    expect(first.stderr).toContain('the inbox of carol is carol.incoming');
    const shown = await consortium.ok('alice', ['peer', 'show', 'carol', '--refresh', '--json']);
    expect(JSON.parse(shown)).toMatchObject({
      inbox: 'carol.incoming',
      profile: { inbox: 'carol.incoming' },
    });
    const again = await consortium.as('carol', ['register', '--inbox', 'carol.incoming']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    await consortium.ok('carol', ['register', '--inbox', 'msg.in.carol']);
  });

  it('shows calls and gas with --dry-run, and changes nothing', async () => {
    consortium.addProfile('dave', 4);
    await consortium.certify('dave', 'one');
    const owner = consortium.account(4);
    const args = ['registry', 'admit', 'dave', '--owner', owner, '--dry-run', '--json'];
    const dry = JSON.parse(await consortium.ok('registrar', args)) as { gas: number };
    expect(dry).toMatchObject({
      state: 'dry-run',
      call: expect.stringContaining('admit(dave') as string,
    });
    expect(dry.gas).toBeGreaterThan(21_000);
    expect(await consortium.as('dave', ['register'])).toMatchObject({ code: 3 });
    await admit('dave', 4);
    const published = await consortium.ok('dave', ['register', '--dry-run', '--json']);
    expect(JSON.parse(published)).toMatchObject({
      ...{ peer: 'dave', index: 0, state: 'dry-run' },
      transactions: [{ state: 'dry-run', from: owner }],
    });
    const shown = await consortium.ok('alice', ['peer', 'show', 'dave', '--refresh', '--json']);
    expect(JSON.parse(shown)).toMatchObject({ certificates: [] });
  });

  it('refuses another account than the owner, naming the right one', async () => {
    const key = `key:file:${consortium.home}/carol.account`;
    const refused = await consortium.as('dave', ['register', '--account', key]);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain(consortium.account(4));
  });

  it('refuses what readers would refuse, before it costs gas', async () => {
    consortium.addProfile('erin', 5);
    await consortium.certify('erin', 'one');
    await admit('erin', 5);
    const misnamed = await consortium.as('erin', [
      ...['register', '--trust-naming', 'uri:other://{name}'],
    ]);
    expect(misnamed).toMatchObject({ code: 4, stdout: '' });
    expect(misnamed.stderr).toMatch(/no peer would accept the certificate for erin/);
    expect(misnamed.stderr).toContain('trust.naming');

    const day = 86_400_000;
    const past = { notBefore: Date.now() - 2 * day, notAfter: Date.now() - day };
    consortium.addProfile('frank', 6);
    await consortium.certify('frank', 'old', past);
    await admit('frank', 6);
    const expired = await consortium.as('frank', ['register']);
    expect(expired).toMatchObject({ code: 4, stdout: '' });
    expect(expired.stderr).toMatch(/expired/);
    const shown = await consortium.ok('alice', ['peer', 'show', 'frank', '--refresh', '--json']);
    expect(JSON.parse(shown)).toMatchObject({ certificates: [] });
  });

  it('says so when the account cannot pay', async () => {
    const poor = `0x${'42'.repeat(32)}`;
    writeFileSync(`${consortium.home}/poor`, poor, { mode: 0o600 });
    const address = JSON.parse(
      await consortium.ok('alice', [
        ...['account', 'show', '--account', `key:file:${consortium.home}/poor`, '--json'],
      ]),
    ) as { address: string };
    consortium.addProfile('poor', 7, { account: `key:file:${consortium.home}/poor` });
    await consortium.certify('poor', 'one');
    await consortium.ok('registrar', ['registry', 'admit', 'poor', '--owner', address.address]);
    const refused = await consortium.as('poor', ['register']);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('cannot pay for the gas');
  });

  it('refuses a node of another chain', async () => {
    const wrong = await consortium.as('carol', ['register', '--chain-id', '1']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain(`chain ${consortium.network.chain.chainId}, not on`);
  });
});
