import { describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { newDirectory, peer, published, ROLE } from './directory.js';

const ACME = peer('acme');

describe('a refusal of the contract', () => {
  it.each<
    [
      string,
      string,
      RegExp,
      (directory: Awaited<ReturnType<typeof newDirectory>>) => Promise<unknown>,
    ]
  >([
    [
      'a name taken',
      'usage',
      /^the name acme is or was given out$/,
      async (directory) => (await directory.writer(ROLE.other)).register(ACME),
    ],
    [
      "another's peer",
      'not-authorised',
      /^account 0x\w{40} may not do this to acme$/,
      async (directory) => (await directory.writer(ROLE.other)).publish(published(ACME, 0)),
    ],
    [
      'no role',
      'not-authorised',
      /^account 0x\w{40} does not have the role that this needs$/,
      async (directory) => (await directory.writer(ROLE.other)).remove(ACME),
    ],
    [
      'an unknown peer',
      'peer-unknown',
      /^the directory has no peer globex$/,
      async (directory) => (await directory.writer(ROLE.registrar)).remove(peer('globex')),
    ],
    [
      'a version out of turn',
      'usage',
      /^the next version of acme is 0, not 7$/,
      async (directory) => (await directory.writer(ROLE.owner)).publish(published(ACME, 7)),
    ],
    [
      'a version that is not there',
      'not-found',
      /^acme has no version 3$/,
      async (directory) => (await directory.writer(ROLE.owner)).revoke(ACME, 3, 1),
    ],
    [
      'a hold as reason',
      'usage',
      /^6 is not a reason for a final revocation$/,
      async (directory) => (await directory.writer(ROLE.owner)).revoke(ACME, 0, 6),
    ],
    [
      'a long profile',
      'too-large',
      /^the profile has 9000 bytes, 8192 are allowed$/,
      async (directory) =>
        (await directory.writer(ROLE.owner)).setProfile(ACME, Buffer.alloc(9_000, 32)),
    ],
    [
      'a peer that is not suspended',
      'usage',
      /^acme is not suspended$/,
      async (directory) => (await directory.writer(ROLE.registrar)).reinstate(ACME),
    ],
    [
      'nothing pending',
      'usage',
      /^nothing of this kind is pending for acme$/,
      async (directory) => (await directory.writer(ROLE.owner)).acceptRecovery(ACME),
    ],
    [
      'two parts for one account',
      'usage',
      /^account 0x\w{40} cannot have this part in acme$/,
      async (directory) =>
        (await directory.writer(ROLE.owner)).setOperator(ACME, directory.account(ROLE.owner)),
    ],
    [
      'a frozen directory',
      'usage',
      /^the directory is frozen; its successor is 0x\w{40}$/,
      async (directory) => {
        await (await directory.writer(ROLE.admin)).freeze(directory.account(9));
        return (await directory.writer(ROLE.owner)).publish(published(ACME, 0));
      },
    ],
    [
      'a removed peer',
      'peer-inactive',
      /^acme was removed from the directory$/,
      async (directory) => {
        await (await directory.writer(ROLE.registrar)).remove(ACME);
        return (await directory.writer(ROLE.owner)).publish(published(ACME, 0));
      },
    ],
  ])('for %s is %s, in a sentence with a hint', async (_, code, message, attempt) => {
    const directory = await newDirectory({ openRegistration: true });
    await (await directory.writer(ROLE.owner)).register(ACME);
    await expect(attempt(directory)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(/\w/) as string,
    });
  });

  it('that comes only in the block, after a race, is told like any other', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const owner = await directory.writer(ROLE.owner);
    await owner.register(ACME);
    await owner.setOperator(ACME, directory.account(ROLE.other));
    const operator = await directory.writer(ROLE.other);
    await directory.rpc.call('evm_setAutomine', [false]);
    const race = [owner, operator].map((writer) => writer.publish(published(ACME, 0)));
    const outcomes = Promise.allSettled(race);
    await until('both wait for a block', async () => {
      const status = await directory.rpc.call('txpool_status', []);
      return (status as { pending: string }).pending === '0x2';
    });
    await directory.rpc.call('evm_mine', []);
    const settled = await outcomes;
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { message: 'the next version of acme is 1, not 0' },
    });
  });
});
