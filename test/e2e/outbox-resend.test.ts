import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { msg } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = ['--transport', 'kafka://127.0.0.1:1'];
/** Kills the process between two steps. */
const CRASH_HOOK = resolve('test/torture/delivery/crash-at.mjs');
const UNKNOWN = '01976d0c-3c00-7abc-8def-0123456789ab';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
  // Bob's stream begins with it: what was made before is never missed.
  await send('bob', '--json', '"first"');
  await listen('bob');
});
afterAll(async () => {
  await sandbox.remove();
});

async function send(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.as('alice', ['send', ...args]);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

function resend(...args: string[]) {
  return sandbox.as('alice', ['outbox', 'resend', ...args]);
}

/** What is delivered to a peer now. */
async function listen(peer: string): Promise<readonly unknown[]> {
  const { code, stdout } = await sandbox.as(peer, ['listen', '--until-empty', '--json']);
  expect(code).toBe(0);
  return jsonLines(stdout);
}

async function missing(): Promise<readonly unknown[]> {
  return jsonLines((await sandbox.as('bob', ['message', 'missing', '--json'])).stdout);
}

/** A peer's listener never gets to see what is in its inbox by now. */
async function passOver(peer: string): Promise<void> {
  expect(await sandbox.as(peer, ['inbox', 'seek', 'latest', '--yes'])).toMatchObject({ code: 0 });
}

/** Sends a message whose record is lost in the log, and has bob miss it. */
async function lose(order: string): Promise<string> {
  const lost = await send('bob', '--json', `{"order":"${order}"}`);
  await passOver('bob');
  const next = await send('bob', '--json', `{"after":"${order}"}`);
  expect(await listen('bob')).toMatchObject([{ id: next }]);
  expect(await missing()).toMatchObject([{ id: lost, from: 'alice' }]);
  return lost;
}

describe('a message whose record was lost', () => {
  it('is sent again under its id, delivered once and missing no longer', async () => {
    const lost = await lose('a');
    expect(await resend(lost)).toMatchObject({ code: 0, stdout: `${lost} bob\n`, stderr: '' });
    expect(await listen('bob')).toMatchObject([{ id: lost, json: { order: 'a' } }]);
    expect(await missing()).toEqual([]);
    expect(await listen('bob')).toEqual([]);
  });

  it('is published by the next flush when the one who sends it again is killed', async () => {
    const lost = await lose('b');
    const env = { NODE_OPTIONS: `--import=${CRASH_HOOK}`, TORTURE_CRASH: 'publish:begun:1' };
    const other = await send('bob', '--json', '{"other":"b"}');
    expect(await listen('bob')).toMatchObject([{ id: other }]);
    const args = ['--profile', 'alice', 'outbox', 'resend', lost, other];
    const killed = await msg(args, { home: sandbox.home, env });
    expect(killed).toMatchObject({ signal: 'SIGKILL', stdout: '' });
    expect(await missing()).toHaveLength(1);
    expect(await sandbox.as('alice', ['outbox', 'cancel', lost])).toMatchObject({ code: 2 });
    const flushed = await sandbox.as('alice', ['outbox', 'flush']);
    expect(flushed).toMatchObject({ code: 0, stdout: `${lost}\n${other}\n` });
    expect(await listen('bob')).toMatchObject([{ id: lost, json: { order: 'b' } }]);
    expect(await missing()).toEqual([]);
  });

  it('waits in the outbox when no broker answers, and what was asked for with it does, too', async () => {
    const lost = await lose('c');
    const more: string[] = [];
    for (const order of ['c1', 'c2', 'c3']) more.push(await send('bob', '--json', `"${order}"`));
    const all = await resend(...more, lost, '--json', ...NOWHERE);
    expect(all.code).toBe(75);
    const queued = { peer: 'bob', state: 'queued' };
    expect(jsonLines(all.stdout)).toMatchObject([...more, lost].map((id) => ({ id, ...queued })));
    expect(all.stderr).toContain(`${lost} waits: \\"msg outbox flush\\" sends it`);
    expect(await sandbox.as('alice', ['outbox', 'flush'])).toMatchObject({ code: 0 });
    expect(await listen('bob')).toMatchObject([...more, lost].map((id) => ({ id })));
  });

  it('is left to its turn when it is in the queue already, and the command says so', async () => {
    const lost = await lose('g');
    const tried = await resend(lost, '--json', ...NOWHERE);
    expect(tried.code).toBe(75);
    expect(jsonLines(tried.stdout)).toMatchObject([{ id: lost, peer: 'bob', state: 'queued' }]);
    expect(tried.stderr).toContain(`${lost} waits for bob`);
    const left = await resend(lost);
    expect(left).toMatchObject({ code: 0, stdout: '' });
    expect(left.stderr).toContain(`${lost} waits for bob and was left to its turn`);
    expect(await sandbox.as('alice', ['outbox', 'flush'])).toMatchObject({ code: 0 });
    expect(await listen('bob')).toMatchObject([{ id: lost }]);
  });

  it('goes out with the batch that it went in', async () => {
    const lines = ['1', '2'].map((order) => JSON.stringify({ order })).join('\n');
    const batch = await sandbox.as('alice', ['send', 'bob', '--ndjson', '-'], `${lines}\n`);
    const [one = '', two = ''] = batch.stdout.trim().split('\n');
    await passOver('bob');
    const again = await resend(one, two, '--json');
    expect(again.stderr).toContain(`${one}, ${two} went in the batch`);
    expect(jsonLines(again.stdout)).toMatchObject([
      { items: [one, two], peer: 'bob', state: 'sent' },
    ]);
    expect(await listen('bob')).toMatchObject([{ id: one }, { id: two }]);
  });

  it('goes in chunks as long as its file is what it was', async () => {
    const path = join(sandbox.files, 'large.bin');
    await writeFile(path, Buffer.alloc(1_500_000, 7));
    const large = await send('bob', path);
    await passOver('bob');
    expect(await resend(large)).toMatchObject({ code: 0, stdout: `${large} bob\n` });
    expect(await listen('bob')).toMatchObject([{ id: large, size: 1_500_000 }]);
    await rm(path);
    const gone = await resend(large);
    expect(gone).toMatchObject({ code: 2, stdout: '' });
    expect(gone.stderr).toContain(`${large} cannot be sent to bob again: the payload is gone`);
  });
});

describe('what is sent again', () => {
  it('is a duplicate to whoever has it, and delivered to nobody else', async () => {
    const id = await send('bob', 'alice', '--json', '{"order":"d"}');
    expect(await listen('bob')).toMatchObject([{ id }]);
    await passOver('alice');
    const again = await resend(id, '--to', 'alice', '--json');
    expect(jsonLines(again.stdout)).toMatchObject([{ id, peer: 'alice', state: 'sent' }]);
    expect(await listen('bob')).toEqual([]);
    expect(await listen('alice')).toMatchObject([{ id }]);
    expect((await resend(id)).stdout).toBe(`${id} alice\n${id} bob\n`);
    for (const peer of ['bob', 'alice']) {
      expect(await listen(peer)).toEqual([]);
      const { stdout } = await sandbox.as(peer, ['message', 'show', id, '--json']);
      const received = { direction: 'in', id, state: 'done', duplicates: 1 };
      expect(jsonLines(stdout)).toContainEqual(expect.objectContaining(received));
    }
  });

  it('is nothing that was never sent, or that nobody knows; then nothing else leaves, either', async () => {
    const known = await send('bob', '--json', '{"order":"e"}');
    expect(await listen('bob')).toMatchObject([{ id: known }]);
    const queued = await sandbox.as('alice', ['send', 'bob', '--json', '1', '--queue', ...NOWHERE]);
    const cancelled = queued.stdout.trim();
    expect(await sandbox.as('alice', ['outbox', 'cancel', cancelled])).toMatchObject({ code: 0 });
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [[cancelled], `${cancelled} was not sent to bob: it is cancelled`],
      [[UNKNOWN], `the outbox has no message ${UNKNOWN}`],
      [['no-id'], 'no-id'],
      [['--to', 'carol', '--'], `the message ${known} does not go to carol`],
      [['--to', 'nobody', '--'], `the message ${known} does not go to nobody`],
    ];
    for (const [args, sentence] of wrong) {
      const refused = await resend(...args, known);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(sentence);
      expect(refused.stderr.split('\n').length).toBeGreaterThan(1);
    }
    const { stdout } = await sandbox.as('bob', ['message', 'show', known, '--json']);
    expect(jsonLines(stdout)).toMatchObject([{ id: known, duplicates: 0 }]);
  });

  it('is nothing whose bytes were pruned, or of which not even the id is kept', async () => {
    const id = await send('bob', '--json', '{"order":"f"}');
    expect(await listen('bob')).toMatchObject([{ id }]);
    for (const flags of [['--keep-ids'], []]) {
      const prune = ['message', 'prune', '--older-than', '0s', '--yes', ...flags];
      expect(await sandbox.as('alice', prune)).toMatchObject({ code: 0 });
      const pruned = await resend(id);
      expect(pruned).toMatchObject({ code: 2, stdout: '' });
      expect(pruned.stderr).toMatch(/the outbox has no (bytes of|message) /);
      expect(pruned.stderr).toContain('anew, under another id');
    }
  });
});
