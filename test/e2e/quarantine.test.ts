import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { KeyStore } from '../../src/identity/store.js';
import { opensslSteps, runOpenssl } from '../../src/sandbox/openssl.js';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { publishRaw, sandboxDirectoryIn, sealBetween } from '../support/sandbox-parts.js';

let sandbox: Sandbox;
let home: string;

beforeAll(async () => {
  sandbox = await raiseSandbox();
  home = sandbox.home;
});
afterAll(async () => {
  await sandbox.remove();
});

async function rows(profile: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const ended = await sandbox.as(profile, [...args, '--json']);
  expect(ended).toMatchObject({ code: 0 });
  return jsonLines(ended.stdout);
}

async function send(...args: string[]): Promise<string> {
  const sent = await sandbox.as('alice', ['send', 'bob', ...args]);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  return sent.stdout.trim();
}

/** What a run writes to a file, byte for byte. */
function bytesOf(profile: string, ...args: string[]): Buffer {
  const command = ['bin/msg.js', '--profile', profile, ...args];
  return execFileSync(process.execPath, command, { env: { ...process.env, MSG_HOME: home } });
}

describe('records that are no messages', () => {
  const garbage = randomBytes(2_000);

  it('are refused with a warning each, and what comes after them is delivered', async () => {
    const sealed = await sealBetween({ home, from: 'alice', to: 'bob' }, Buffer.from('hello'));
    const broken = Buffer.from(sealed);
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    await publishRaw(home, 'bob', [garbage, Buffer.alloc(0), broken, sealed.subarray(0, 90)]);
    const id = await send('--json', '{"after": "the flood"}');
    const { code, stdout, stderr } = await sandbox.as('bob', ['listen', '--until-empty']);
    expect(code).toBe(0);
    expect(stdout).toContain(id);
    const warnings = stderr.split('\n').filter((line) => line.startsWith('msg: warning: '));
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toMatch(/refused a record \(msg\.in\.bob\/0@0\): \S/);
    expect(stderr).toContain('msg: hint: see it with "msg quarantine list"');
  });

  it('lie in quarantine with a reason, and come out again as they came', async () => {
    const refused = await rows('bob', 'quarantine', 'list');
    expect(refused.map(({ reason, size }) => [reason, size])).toEqual([
      ['malformed', garbage.length],
      ['malformed', 0],
      ['undecryptable', expect.any(Number)],
      ['malformed', 90],
    ]);
    expect(refused[0]).toMatchObject({
      claimedSender: 'mallory',
      source: { topic: 'msg.in.bob', partition: 0, offset: 0 },
    });
    const number = String(refused[0]?.['number']);
    expect(bytesOf('bob', 'quarantine', 'export', number).equals(garbage)).toBe(true);
    const missing = await sandbox.as('bob', ['quarantine', 'export', '999']);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('no record 999 in quarantine');
  });

  it('are not kept again when they are looked at again', async () => {
    const before = await rows('bob', 'quarantine', 'list');
    await sandbox.as('bob', ['listen', '--from', 'earliest', '--until-empty']);
    expect(await rows('bob', 'quarantine', 'list')).toEqual(before);
  });
});

describe('a message that is not what it seems', () => {
  it('with the id of another one is refused as a conflict, and the first one stays', async () => {
    const id = newMessageId(Date.now, randomBytes);
    const where = { home, from: 'alice', to: 'bob' };
    const first = await sealBetween(where, Buffer.from('first'), { id });
    const other = await sealBetween(where, Buffer.from('other'), { id });
    await publishRaw(home, 'bob', [first, other, first]);
    const { code, stdout, stderr } = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([{ id, base64: 'Zmlyc3Q=' }]);
    expect(stderr).toContain(`refused a second, different message with the id ${id} from alice`);
    expect((await rows('bob', 'quarantine', 'list')).at(-1)).toMatchObject({
      ...{ reason: 'id-conflict', claimedSender: 'alice', claimedId: id },
    });
    expect(await rows('bob', 'message', 'show', id)).toMatchObject([
      { state: 'done', duplicates: 1 },
    ]);
  });

  it('that was sealed for somebody else is refused', async () => {
    const where = { home, from: 'alice', to: 'alice' };
    await publishRaw(home, 'bob', [await sealBetween(where, Buffer.from('for alice'))]);
    expect((await sandbox.as('bob', ['listen', '--until-empty'])).code).toBe(0);
    expect((await rows('bob', 'quarantine', 'list')).at(-1)).toMatchObject({
      reason: 'not-for-us',
    });
  });

  it('that is signed by another peer than it names is refused', async () => {
    const where = { home, from: 'bob', to: 'bob' };
    const value = await sealBetween(where, Buffer.from('as alice'), {
      from: parsePeerName('alice'),
    });
    await publishRaw(home, 'bob', [value]);
    const { code, stdout } = await sandbox.as('bob', ['listen', '--until-empty']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await rows('bob', 'quarantine', 'list')).at(-1)).toMatchObject({ reason: 'signer' });
  });
});

describe('the history', () => {
  it('is filtered by direction, peer, state, correlation id, time and number', async () => {
    const id = await send('--json', '{}', '--cid', 'case 19', '--type', 'order');
    await sandbox.as('bob', ['listen', '--until-empty']);
    const reply = await sandbox.as('bob', ['send', 'alice', '--json', '{}', '--reply-to', id]);
    const ids = async (...args: string[]): Promise<unknown[]> =>
      (await rows('bob', 'message', 'list', '--cid', 'case 19', ...args)).map((row) => row['id']);
    const answer = reply.stdout.trim();
    expect(await ids()).toEqual([id, answer]);
    expect(await ids('--in')).toEqual([id]);
    expect(await ids('--out')).toEqual([answer]);
    expect(await ids('--state', 'done')).toEqual([id]);
    expect(await ids('--state', 'sent')).toEqual([answer]);
    expect(await ids('--with', 'alice')).toEqual([id, answer]);
    expect(await ids('--with', 'bob')).toEqual([]);
    expect(await ids('--limit', '1')).toEqual([answer]);
    expect(await ids('--since', '10m')).toEqual([id, answer]);
    expect(await ids('--until', '2020-01-01')).toEqual([]);
    const unknown = await sandbox.as('bob', ['message', 'list', '--state', 'lost']);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
  });

  it('lists for people, one message a line', async () => {
    const { stdout } = await sandbox.as('bob', ['message', 'list', '--limit', '1']);
    expect(stdout).toMatch(/\tout\talice\tsent\t[0-9a-f-]{36}\t/);
  });

  it('shows the messages that were refused at their delivery, too', async () => {
    const id = await send('--json', '{}', '--expires', '1ms');
    await sandbox.as('bob', ['listen', '--until-empty']);
    expect(await rows('bob', 'message', 'list', '--state', 'quarantined')).toMatchObject([{ id }]);
  });

  it.each(['alice', 'bob'])(
    'of %s keeps the sealed bytes, which OpenSSL opens and verifies',
    async (profile) => {
      const id = await send('--json', '{"order": 19}');
      await sandbox.as('bob', ['listen', '--until-empty']);
      const entry = new KeyStore(join(home, 'data', 'bob', 'keys')).current();
      const at = (name: string): string => join(home, `${profile}-${name}`);
      await writeFile(at('sealed'), bytesOf(profile, 'message', 'show', id, '--sealed'));
      const steps = opensslSteps({
        ...{ message: at('sealed'), signed: at('signed'), payload: at('payload') },
        anchor: join(sandboxDirectoryIn(home), 'ca.pem'),
        key: join(entry?.directory ?? '', 'key.pem'),
        certificate: join(entry?.directory ?? '', 'cert.pem'),
      });
      runOpenssl(steps);
      expect(await readFile(at('payload'), 'utf8')).toBe('{"order": 19}');
    },
  );
});
