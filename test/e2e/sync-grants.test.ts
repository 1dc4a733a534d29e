import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type AclEntry,
  type Admin,
} from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { connectKafka } from '../../src/transport/kafka/connect.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';
import { hasKafka } from '../support/kafka.js';
import { msg } from '../support/msg.js';
import type { Outcome } from '../support/run.js';
import { sandboxDirectoryIn } from '../support/sandbox-parts.js';

const HELLO = ['--json', '{"hello": "bob"}'];

describe.runIf(hasKafka)('access rules and the directory', { timeout: 120_000 }, () => {
  let all: Consortium;
  let admin: Admin;

  beforeAll(async () => {
    all = await raiseConsortium('kafka-secure');
    const { brokers, tls, sasl } = connectionOf('admin');
    const kafka = new Kafka({ brokers, ssl: tls, sasl, logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    await admin.connect();
    await all.ok('registrar', [
      'registry',
      'admit',
      'carol',
      '--owner',
      all.account(ACCOUNT.carol),
    ]);
  });
  afterEach(async () => {
    await syncAll('--yes');
  });
  afterAll(async () => {
    await admin.disconnect();
    await all.remove();
  });

  /** With the rights of the brokers' administrator. */
  function asAdmin(profile: string, ...args: string[]): Promise<Outcome> {
    const file = join(sandboxDirectoryIn(all.home), 'passwords', 'admin');
    const login = ['--transport-username', 'admin', '--transport-password', `file:${file}`];
    return all.as(profile, [...args, ...login]);
  }

  function syncAll(...args: string[]): Promise<Outcome> {
    return asAdmin('bob', 'inbox', 'sync-grants', '--all', ...args);
  }

  /** A test that fails leaves nobody suspended to the ones after it. */
  async function statusOf(change: 'suspend' | 'lift', name: string): Promise<void> {
    if (change === 'suspend') {
      onTestFailed(async () => {
        await all.as('registrar', ['registry', 'lift', name, '--yes']);
      });
    }
    await all.ok('registrar', ['registry', change, name, '--yes']);
  }

  /** The program itself, in a process of its own. */
  function real(profile: string, ...args: string[]) {
    return msg(['--profile', profile, ...args], { home: all.home });
  }

  /** Past msg, which refuses to send for a suspended peer: what the broker says to alice's login. */
  async function publishAsAlice(): Promise<void> {
    const transport = connectKafka(connectionOf('alice'));
    try {
      const record = { key: 'alice', value: Buffer.from('x'), headers: {} };
      await transport.publish('msg.in.bob', 0, [record]);
    } finally {
      await transport.close();
    }
  }

  function connectionOf(user: string) {
    const directory = sandboxDirectoryIn(all.home);
    const password = readFileSync(join(directory, 'passwords', user), 'utf8').trim();
    return {
      brokers: [all.network.carrier.broker?.url.replace('kafkas://', '') ?? ''],
      tls: { ca: readFileSync(join(directory, 'broker-ca.pem'), 'utf8') },
      sasl: { mechanism: 'scram-sha-512', username: user, password } as const,
      ...{ clientId: 'msg-test', log: () => undefined, clock: Date.now },
    };
  }

  function entry(changes: Partial<AclEntry>): AclEntry {
    return {
      ...{ resourceType: AclResourceTypes.TOPIC, resourceName: 'msg.in.bob' },
      ...{ resourcePatternType: ResourcePatternTypes.LITERAL, host: '*' },
      ...{ principal: 'User:alice', operation: AclOperationTypes.WRITE },
      ...{ permissionType: AclPermissionTypes.ALLOW, ...changes },
    };
  }

  /** Every access rule that there is, as text. */
  async function rules(): Promise<string[]> {
    const found: string[] = [];
    for (const resourceType of [AclResourceTypes.TOPIC, AclResourceTypes.GROUP]) {
      const { resources } = await admin.describeAcls({
        ...{ resourceType, resourcePatternType: ResourcePatternTypes.ANY },
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
      });
      for (const { acls, ...resource } of resources) {
        found.push(...acls.map((acl) => JSON.stringify({ ...resource, ...acl })));
      }
    }
    return found.sort();
  }

  it('let an admitted peer write everywhere, and read its own inbox', async () => {
    const shown = await syncAll('--dry-run');
    expect(shown.code).toBe(0);
    expect(shown.stdout.split('\n').slice(0, -1)).toEqual([
      '+\tUser:carol\twrite\tmsg.in.alice\tcarol is active',
      '+\tUser:carol\twrite\tmsg.in.bob\tcarol is active',
      '+\tUser:carol\tread\tmsg.in.carol\tcarol is active',
      '+\tUser:alice\twrite\tmsg.in.carol\talice is active',
      '+\tUser:bob\twrite\tmsg.in.carol\tbob is active',
      '+\tUser:carol\twrite\tmsg.in.carol\tcarol is active',
    ]);
    expect(shown.stderr).toContain('dry run: nothing was changed');
    const before = await rules();
    const made = await syncAll('--yes', '--json');
    expect(made.code).toBe(0);
    const changes = made.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(changes).toHaveLength(6);
    expect(changes[2]).toEqual({
      ...{ state: 'done', change: 'grant', principal: 'User:carol', role: 'owner' },
      ...{ topic: 'msg.in.carol', group: 'msg.carol', peer: 'carol', status: 'active' },
    });
    expect((await rules()).length).toBeGreaterThan(before.length);
  });

  it('need nothing a second time', async () => {
    expect((await syncAll('--yes')).code).toBe(0);
    const before = await rules();
    const again = await syncAll('--yes');
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('follow the directory already');
    expect(await rules()).toEqual(before);
  });

  it('take the right to write from a suspended peer, and give it back', async () => {
    await publishAsAlice();
    await statusOf('suspend', 'alice');
    const shown = await asAdmin('bob', 'inbox', 'sync-grants', '--yes');
    expect(shown).toMatchObject({
      ...{ code: 0, stdout: '-\tUser:alice\twrite\tmsg.in.bob\talice is suspended\n' },
    });
    await expect(publishAsAlice()).rejects.toMatchObject({ code: 'not-authorised' });
    await statusOf('lift', 'alice');
    const lifted = await asAdmin('bob', 'inbox', 'sync-grants', '--yes');
    expect(lifted).toMatchObject({
      ...{ code: 0, stdout: '+\tUser:alice\twrite\tmsg.in.bob\talice is active\n' },
    });
    expect((await real('alice', 'send', 'bob', ...HELLO)).code).toBe(0);
  });

  it('leave a suspended peer its own inbox to read', async () => {
    await syncAll('--yes');
    await statusOf('suspend', 'alice');
    const { stdout } = await syncAll('--yes');
    expect(stdout.match(/^-\tUser:alice\twrite/gm)).toHaveLength(3);
    expect(stdout).not.toContain('read');
    expect(await real('alice', 'listen', '--until-empty')).toMatchObject({ code: 0 });
    await statusOf('lift', 'alice');
  });

  it('of others are left alone, and told of where they let a suspended peer write', async () => {
    await syncAll('--yes');
    const others = [
      entry({ principal: 'User:monitoring' }),
      entry({ resourceName: 'msg.in.', resourcePatternType: ResourcePatternTypes.PREFIXED }),
      entry({ host: '10.1.2.3' }),
      entry({ operation: AclOperationTypes.READ }),
      entry({ principal: 'User:carol', permissionType: AclPermissionTypes.DENY }),
      entry({ resourceName: 'other.topic' }),
    ];
    const before = await rules();
    await admin.createAcls({ acl: others });
    const made = (await rules()).filter((one) => !before.includes(one));
    expect(made).toHaveLength(others.length);
    await statusOf('suspend', 'alice');
    const ended = await syncAll('--yes');
    expect(ended.stderr).toContain(
      "User:alice may write to msg.in.bob by a rule that is not msg's",
    );
    expect((await rules()).filter((one) => made.includes(one))).toEqual(made);
    await admin.deleteAcls({ filters: others });
    await statusOf('lift', 'alice');
  });

  it('change only after a yes', async () => {
    await statusOf('suspend', 'alice');
    const before = await rules();
    const asked = await syncAll();
    expect(asked).toMatchObject({ code: 2 });
    expect(asked.stdout).toContain('-\tUser:alice\twrite\tmsg.in.bob');
    expect(asked.stderr).toContain('answer with --yes');
    expect(await rules()).toEqual(before);
    await statusOf('lift', 'alice');
  });

  it('are for an administrator to change, and somebody else is told so', async () => {
    const refused = await all.as('bob', ['inbox', 'sync-grants', '--yes']);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('does not let User:bob see the access rules');
    expect(refused.stderr).toContain('as an administrator of the brokers');
  });

  it('stay as they are when the chain does not answer', async () => {
    const before = await rules();
    const ended = await syncAll('--yes', '--chain-url', 'http://127.0.0.1:1');
    expect(ended).toMatchObject({ code: 75, stdout: '' });
    expect(await rules()).toEqual(before);
  });

  it('follow the operator’s templates, and not what a peer says of itself', async () => {
    const flags = ['--transport-principal', 'User:CN={name},O=Members'];
    const shown = await syncAll('--dry-run', ...flags, '--transport-topic', 'inbox-{name}');
    expect(shown.stdout).toContain('+\tUser:CN=alice,O=Members\twrite\tinbox-bob');
    expect(shown.stdout).not.toContain('msg.in.');
    expect(shown.stderr).toContain('alice publishes the inbox msg.in.alice');
    const wrong = await syncAll('--dry-run', '--transport-principal', 'alice');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('{name}');
  });

  describe('keep a stranger', () => {
    it('from reading another’s inbox', async () => {
      const flags = ['--inbox', 'msg.in.bob', '--adopt', '--until-empty'];
      const refused = await real('alice', 'listen', ...flags);
      expect(refused).toMatchObject({ code: 4, stdout: '' });
      const back = await real('alice', 'listen', '--from', 'earliest', ...flags);
      expect(back).toMatchObject({ code: 4, stdout: '' });
    });

    it('from joining its group', async () => {
      const refused = await real('alice', 'listen', '--peer', 'bob', '--until-empty');
      expect(refused).toMatchObject({ code: 4, stdout: '' });
      expect(refused.stderr).toContain('msg.bob');
    });

    it('from writing without a grant', async () => {
      await asAdmin('bob', 'inbox', 'revoke', 'User:alice');
      const refused = await real('alice', 'send', 'bob', ...HELLO);
      expect(refused).toMatchObject({ code: 4, stdout: '' });
      expect(refused.stderr).toContain('msg inbox grant User:alice');
    });

    it('from moving its position', async () => {
      const refused = await real('alice', 'inbox', 'seek', 'latest', '--peer', 'bob', '--yes');
      expect(refused).toMatchObject({ code: 4, stdout: '' });
    });
  });

  it('take everything from a peer that is removed for good', async () => {
    await syncAll('--yes');
    await all.ok('registrar', ['registry', 'remove', 'carol', '--yes']);
    const { stdout } = await syncAll('--yes');
    expect(stdout).toContain('-\tUser:carol\tread\tmsg.in.carol\tcarol is removed\n');
    expect((await rules()).filter((one) => one.includes('User:carol'))).toEqual([]);
    const left = (await rules()).filter((one) => one.includes('msg.in.carol'));
    expect(left).toEqual([]);
  });
});
