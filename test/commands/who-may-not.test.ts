import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

/** Who tries: each with an account of its own, and with one part in the directory or in carol. */
const ACTORS = {
  ...{ admin: ACCOUNT.registrar, registrar: 4, revoker: 5 },
  ...{ owner: ACCOUNT.carol, operator: 6, guardian: 7 },
  ...{ 'another-owner': ACCOUNT.alice, stranger: ACCOUNT.stranger },
} as const;
type Actor = keyof typeof ACTORS;
const EVERYBODY = Object.keys(ACTORS) as Actor[];

const ADDRESS = '0x00000000000000000000000000000000000000aa';
const PEER = /^msg: error: account 0x\w{40} may not do this to carol$/m;
const ROLE = /^msg: error: account 0x\w{40} does not have the role that this needs$/m;

/** A command, who may give it, and how everybody else is refused. */
type Row = readonly [command: string, may: readonly Actor[], refusal: RegExp];

const ROWS: readonly Row[] = [
  [`registry admit mallory --owner ${ADDRESS}`, ['registrar'], ROLE],
  ['registry lift dave', ['registrar'], ROLE],
  ['registry remove carol', ['registrar'], ROLE],
  [`registry grant registrar ${ADDRESS}`, ['admin'], ROLE],
  [`registry revoke-role registrar ${ADDRESS}`, ['admin'], ROLE],
  ['registry open-registration on', ['admin'], ROLE],
  [`registry offer-admin ${ADDRESS}`, ['admin'], ROLE],
  ['registry withdraw-admin', ['admin'], ROLE],
  ['registry admin-delay 2d', ['admin'], ROLE],
  [
    'registry accept-admin',
    [],
    /^msg: error: the admin's part is not on offer to account 0x\w{40}$/m,
  ],
  [
    'registry renounce-role registrar',
    ['registrar'],
    /^msg: error: the account 0x\w{40} is not registrar$/m,
  ],
  [`registry freeze --successor ${ADDRESS}`, ['admin'], ROLE],
  ['registry suspend carol', ['owner', 'guardian', 'revoker'], PEER],
  [`registry operator carol ${ADDRESS}`, ['owner'], PEER],
  [`registry guardian carol ${ADDRESS}`, ['owner', 'guardian'], PEER],
  [`registry offer carol ${ADDRESS}`, ['owner'], PEER],
  [`registry recover carol --owner ${ADDRESS}`, ['guardian', 'registrar'], ROLE],
  ['registry object carol', ['owner', 'guardian', 'registrar'], PEER],
  ['registry accept carol', [], /^msg: error: carol is not on offer to the account 0x\w{40}$/m],
  ['revoke --reason superseded', ['owner', 'guardian', 'revoker'], PEER],
];

describe('who may not', () => {
  let consortium: Consortium;
  const head = async (): Promise<unknown> => {
    const shown = await consortium.ok('stranger', ['registry', 'info', '--json']);
    return (JSON.parse(shown) as { head: unknown }).head;
  };

  beforeAll(async () => {
    consortium = await raiseConsortium();
    const shared = { peer: 'carol', keys: `${consortium.home}/data/carol/keys` };
    for (const actor of EVERYBODY) {
      if (actor !== 'registrar') consortium.addProfile(actor, ACTORS[actor], shared);
    }
    const ok = (profile: string, ...args: string[]) =>
      consortium.ok(profile, args.includes('register') ? args : ['registry', ...args]);
    const account = (actor: Actor): string => consortium.account(ACTORS[actor]);
    await ok('admin', 'grant', 'registrar', account('registrar'));
    await ok('admin', 'grant', 'revoker', account('revoker'));
    await ok('admin', 'admit', 'carol', '--owner', account('owner'));
    await ok('admin', 'admit', 'dave', '--owner', consortium.account(8));
    await ok('admin', 'suspend', 'dave', '--yes');
    await consortium.certify('owner', 'one');
    await ok('owner', 'register');
    await ok('owner', 'operator', 'carol', account('operator'));
    await ok('owner', 'guardian', 'carol', account('guardian'));
    await ok('admin', 'recover', 'carol', '--owner', ADDRESS, '--yes');
    for (const role of ['registrar', 'revoker']) await ok('admin', 'renounce-role', role, '--yes');
    consortium.addProfile('the-registrar', ACTORS.registrar, shared);
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it.each(ROWS)(
    'may not: %s',
    async (command, may, refusal) => {
      const before = await head();
      const asks =
        /^(?:revoke|registry (?:lift|remove|suspend|recover|freeze|renounce|offer-admin))/;
      const confirmed = asks.test(command) ? ['--yes'] : [];
      for (const actor of EVERYBODY) {
        const profile = actor === 'registrar' ? 'the-registrar' : actor;
        const isAllowed = may.includes(actor);
        const flags = isAllowed ? ['--dry-run'] : confirmed;
        const outcome = await consortium.as(profile, [...command.split(' '), ...flags]);
        const { code, stderr } = outcome;
        if (isAllowed) expect({ actor, code, stderr }).toMatchObject({ actor, code: 0 });
        else {
          expect({ actor, ...outcome }).toMatchObject({ actor, code: 4, stdout: '' });
          expect(stderr).toMatch(refusal);
          expect(stderr).toMatch(/^msg: hint: /m);
        }
      }
      expect(await head()).toBe(before);
    },
    120_000,
  );
});
