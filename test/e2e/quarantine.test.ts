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

describe('a record whose cause of refusal is mended', () => {
  /** A message that bob refuses for its size; answers with its id and its number in quarantine. */
  async function refusedForSize(content: string): Promise<{ id: string; number: string }> {
    const id = await send('--json', JSON.stringify({ content }));
    const args = ['listen', '--until-empty', '--limits-message', '1KiB'];
    expect(await sandbox.as('bob', args)).toMatchObject({ code: 0, stdout: '' });
    const [row] = (await rows('bob', 'quarantine', 'list', '--reason', 'too-large')).slice(-1);
    return { id, number: String(row?.['number']) };
  }

  it('is shown with what to do, passes a retry and is delivered once', async () => {
    const { id, number } = await refusedForSize('once');
    const [shown] = await rows('bob', 'quarantine', 'show', number);
    expect(shown).toMatchObject({
      ...{ reason: 'too-large', verified: false, claimedSender: 'alice', claimedId: id },
      next: 'raise the limit if you expect such messages, then retry',
    });
    const retried = await sandbox.as('bob', ['quarantine', 'retry', number]);
    expect(retried).toMatchObject({ code: 0, stdout: `${number}\taccepted\n` });
    expect(retried.stderr).toContain('"msg listen" delivers what passed');
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ id, json: { content: 'once' }, replay: false }]);
    expect(await sandbox.as('bob', ['quarantine', 'retry', number])).toMatchObject({
      ...{ code: 0, stdout: `${number}\tresolved\n` },
    });
    expect((await sandbox.as('bob', ['listen', '--until-empty'])).stdout).toBe('');
    expect(await rows('bob', 'quarantine', 'list', '--resolved', '--reason', 'too-large')).toEqual([
      expect.objectContaining({ number: Number(number), resolution: 'retried' }),
    ]);
  });

  it('stays when it is refused again, and says why', async () => {
    const { number } = await refusedForSize('still too large');
    const args = ['quarantine', 'retry', '--reason', 'too-large', '--limits-message', '1KiB'];
    const { code, stdout, stderr } = await sandbox.as('bob', args);
    expect(code).toBe(5);
    expect(stdout).toMatch(new RegExp(`^${number}\\trefused\\ttoo-large\\t.*more than the limit`));
    expect(stderr).toContain('msg: error: 1 of 1 stay in quarantine');
    expect((await sandbox.as('bob', ['quarantine', 'drop', number])).code).toBe(0);
  });

  it('comes out as a file for OpenSSL and a description, and no file is overwritten', async () => {
    const { number } = await refusedForSize('for openssl');
    const out = join(home, 'exported');
    const args = ['quarantine', 'export', number, '--out', out];
    const record = `quarantine-${number}.cms`;
    const about = `quarantine-${number}.json`;
    expect(await sandbox.as('bob', args)).toMatchObject({
      ...{ code: 0, stdout: `${join(out, record)}\n${join(out, about)}\n` },
    });
    const print = ['cms', '-cmsout', '-print', '-inform', 'DER', '-in', join(out, record)];
    expect(execFileSync('openssl', print, { encoding: 'utf8' })).toContain('authEnvelopedData');
    const text = await readFile(join(out, about), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ number: Number(number), reason: 'too-large' });
    expect(await sandbox.as('bob', args)).toMatchObject({ code: 2, stdout: '' });
    expect((await sandbox.as('bob', [...args, '--force'])).code).toBe(0);
  });

  it('is passed over from then on when it was dropped, also in a look back', async () => {
    const { id, number } = await refusedForSize('dropped');
    const dropped = await sandbox.as('bob', ['quarantine', 'drop', number, '--json']);
    expect(jsonLines(dropped.stdout)).toEqual([{ number: Number(number), outcome: 'dropped' }]);
    const back = await sandbox.as('bob', [
      'listen',
      '--from',
      'earliest',
      '--until-empty',
      '--json',
    ]);
    expect(jsonLines(back.stdout).filter((line) => line['id'] === id)).toEqual([]);
    expect(await rows('bob', 'quarantine', 'list', '--reason', 'too-large')).toHaveLength(1);
    const exported = await sandbox.as('bob', ['quarantine', 'export', number]);
    expect(exported).toMatchObject({ code: 2, stdout: '' });
  });

  it('goes by a filter only when that is said, and is not dropped unasked', async () => {
    const list = ['--reason', 'too-large'];
    const unsure = await sandbox.as('bob', ['quarantine', 'drop', ...list]);
    expect(unsure).toMatchObject({ code: 2, stdout: '' });
    expect(unsure.stderr).toContain('msg: hint: answer with --yes');
    for (const args of [['retry'], ['drop'], ['retry', '1', '--all'], ['retry', 'all']]) {
      const refused = await sandbox.as('bob', ['quarantine', ...args]);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
    }
    const sure = await sandbox.as('bob', ['quarantine', 'drop', ...list, '--yes']);
    expect(sure.code).toBe(0);
    expect(await rows('bob', 'quarantine', 'list', ...list)).toEqual([]);
  });

  it('is listed page by page', async () => {
    const all = await rows('bob', 'quarantine', 'list', '--resolved');
    const newest = await sandbox.as('bob', ['quarantine', 'list', '--resolved', '--limit', '2']);
    const first = newest.stdout.split('\t')[0] ?? '';
    expect(newest.stderr).toContain(`see them with --before ${first}`);
    const before = await rows('bob', 'quarantine', 'list', '--resolved', '--before', first);
    expect(before).toEqual(all.slice(0, -2));
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
    expect(unknown.stderr).toMatch(/msg: hint: one of received, delivering, .*, cancelled\n$/);
    const mistyped = await sandbox.as('bob', ['message', 'list', '--state', 'quarantine']);
    expect(mistyped.stderr).toMatch(/: quarantine\nmsg: hint: did you mean quarantined\n$/);
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
