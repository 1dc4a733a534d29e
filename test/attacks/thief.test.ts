import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { decryptEnvelope } from '../../src/envelope/open.js';
import { openPeer } from '../../src/index.js';
import type { AltName } from '../../src/x509/write-extensions.js';
import type { TestPeer } from '../support/pki.js';
import { LIMITS } from '../support/sealed.js';
import { attackStage, posingAs, reasonsOf, sealNow } from './stage.js';

const stage = attackStage();
let alice: TestPeer;
let bob: TestPeer;
let mallory: TestPeer;
let carol: TestPeer;

/** The chain's accounts: what each of them is in the attacks. */
const ACCOUNT = {
  registrar: 0,
  mallory: 4,
  carol: 5,
  guardian: 6,
  dora: 7,
  erin: 8,
  spare: 9,
} as const;

const CAROL = parsePeerName('carol');

beforeAll(async () => {
  mallory = await stage.enrol('mallory', ACCOUNT.mallory);
  carol = await stage.enrol('carol', ACCOUNT.carol);
  [alice, bob] = [await stage.identity('alice'), await stage.identity('bob')];
}, 120_000);

const refusal = { code: 'not-authorised' };

/** Publishes mallory's own certificate under a name; her message in that name is then judged. */
async function impersonate(name: string, account: number): Promise<readonly string[]> {
  await stage.publish({ account, name, certificate: mallory.certificate, key: mallory.key });
  const value = await sealNow(posingAs(name, mallory), [bob], `from ${name}`);
  return reasonsOf(await stage.attack([{ value }]));
}

describe('who has stolen the operator account', () => {
  it('cannot revoke, suspend or hand over, nor be believed without a certificate for the name', async () => {
    const owner = await stage.writer(ACCOUNT.carol);
    await owner.setOperator(CAROL, stage.consortium.account(ACCOUNT.mallory));
    const thief = await stage.writer(ACCOUNT.mallory);
    await expect(thief.revoke(CAROL, 0, 1)).rejects.toMatchObject(refusal);
    await expect(thief.suspend(CAROL)).rejects.toMatchObject(refusal);
    await expect(thief.offerOwnership(CAROL, thief.from)).rejects.toMatchObject(refusal);
    expect(await impersonate('carol', ACCOUNT.mallory)).toEqual(['sender-name']);
    await owner.setOperator(CAROL, undefined);
  });

  it('gets the messages sent to another inbox, and cannot read them', async () => {
    const { certificate, key } = carol;
    await stage.publish({ account: ACCOUNT.carol, name: 'carol', certificate, key });
    const owner = await stage.writer(ACCOUNT.carol);
    await owner.setOperator(CAROL, stage.consortium.account(ACCOUNT.mallory));
    const thief = await stage.writer(ACCOUNT.mallory);
    await thief.setProfile(CAROL, Buffer.from('{"inbox":"msg.in.bob"}'));
    const sender = openPeer({
      ...{ profile: 'alice', env: { MSG_HOME: stage.consortium.home } },
      settings: { 'book.max-age': '0s' },
    });
    await sender.send('carol', { json: 'for carol alone' });
    await sender.close();
    const heard = await stage.bobListens();
    expect([heard.delivered, reasonsOf(heard)]).toEqual([[], ['not-for-us']]);
    await owner.setOperator(CAROL, undefined);
    await expect(thief.setProfile(CAROL, Buffer.from('{}'))).rejects.toMatchObject(refusal);
  });
});

describe('who has stolen the private key of a certificate', () => {
  it('reads and writes as the peer until it is revoked, and cannot change the directory', async () => {
    const toCarol = await sealNow(alice, [carol], 'for carol');
    expect((await decryptEnvelope(toCarol, [carol], LIMITS)).content.length).toBeGreaterThan(0);
    await stage.inject({ value: await sealNow(carol, [bob], 'by the thief') });
    const before = await stage.bobListens();
    expect(before.delivered.map(({ from, text }) => [from, text])).toEqual([
      ['carol', 'by the thief'],
    ]);
    const { certificate, key } = carol;
    const publishing = { account: ACCOUNT.spare, name: 'carol', certificate, key };
    await expect(stage.publish(publishing)).rejects.toMatchObject(refusal);
    const record = await stage.record('carol');
    await (await stage.writer(ACCOUNT.carol)).revoke(CAROL, record.certificates.length - 1, 1);
    const value = await sealNow(carol, [bob], 'by the thief again');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['sender-version']);
  });
});

describe('who has stolen the owner account', () => {
  it('does not shake off the guardian, who takes the name back at once', async () => {
    await stage.enrol('dora', ACCOUNT.dora);
    const name = parsePeerName('dora');
    const [owner, guardian] = [
      await stage.writer(ACCOUNT.dora),
      await stage.writer(ACCOUNT.guardian),
    ];
    await owner.changeGuardian(name, guardian.from);
    await owner.changeGuardian(name, undefined);
    await expect(owner.confirmGuardian(name, undefined)).rejects.toMatchObject({ code: 'usage' });
    await guardian.suspend(name);
    await guardian.recover(name, stage.consortium.account(ACCOUNT.spare));
    const { owner: now, guardian: still } = await stage.record('dora');
    expect([now, still]).toEqual([stage.consortium.account(ACCOUNT.spare), guardian.from]);
    await expect(owner.revoke(name, 0, 1)).rejects.toMatchObject(refusal);
    await (await stage.writer(ACCOUNT.registrar)).reinstate(name);
  });

  it('is believed only together with an authority that certifies the name', async () => {
    const { authority } = stage.consortium.network;
    expect(await impersonate('dora', ACCOUNT.spare)).toEqual(['sender-name']);
    const names: readonly AltName[] = [{ type: 'uri', value: 'msg://dora' }];
    const { spki } = mallory.key;
    const certificate = await authority.issue({ subject: 'CN=dora', spki, names });
    const { key } = mallory;
    await stage.publish({ account: ACCOUNT.spare, name: 'dora', certificate, key });
    const both = posingAs('dora', { ...mallory, certificate });
    await stage.inject({ value: await sealNow(both, [bob], 'both were stolen') });
    const { delivered } = await stage.bobListens();
    expect(delivered.map(({ from }) => from)).toEqual(['dora']);
  });
});

describe('who has stolen the guardian account', () => {
  it('takes the name over, and is not believed without a certificate for it', async () => {
    const name = parsePeerName('dora');
    const thief = await stage.writer(ACCOUNT.guardian);
    await thief.recover(name, stage.consortium.account(ACCOUNT.mallory));
    expect(await impersonate('dora', ACCOUNT.mallory)).toEqual(['sender-name']);
  });
});

describe('who has stolen the registrar account', () => {
  it('waits out the delay, in which the owner objects; and is not believed afterwards', async () => {
    await stage.enrol('erin', ACCOUNT.erin);
    const name = parsePeerName('erin');
    const [registrar, owner] = [
      await stage.writer(ACCOUNT.registrar),
      await stage.writer(ACCOUNT.erin),
    ];
    const thief = await stage.writer(ACCOUNT.mallory);
    await registrar.scheduleRecovery(name, thief.from);
    await expect(thief.acceptRecovery(name)).rejects.toMatchObject({ code: 'usage' });
    await owner.cancelRecovery(name);
    await registrar.scheduleRecovery(name, thief.from);
    await stage.waitOnChain(61);
    await thief.acceptRecovery(name);
    expect(await impersonate('erin', ACCOUNT.mallory)).toEqual(['sender-name']);
  });
});

describe('who has stolen the ledger', () => {
  it('finds headers in it, and no payload', async () => {
    const text = 'a payload that is nowhere in clear';
    await stage.inject({ value: await sealNow(mallory, [bob], text, { type: 'in-clear' }) });
    expect((await stage.bobListens()).delivered.map((one) => one.text)).toEqual([text]);
    const directory = join(stage.consortium.home, 'state', 'bob');
    const bytes = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(bytes.some((one) => one.includes('in-clear'))).toBe(true);
    expect(bytes.some((one) => one.includes(text))).toBe(false);
  });
});
