import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { listenMutely } from '../support/mute-server.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { sealBetween, publishRaw } from '../support/sandbox-parts.js';
import { hasPseudoTerminal, runInTerminal } from '../support/pseudo-terminal.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

/** Alice sends bob something; answers with the id. */
async function send(args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const sent = await sandbox.as('alice', ['send', 'bob', ...args], input);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  return sent.stdout.trim();
}

async function sendNumbers(...numbers: number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const number of numbers) ids.push(await send(['--json', `{"n":${number}}`]));
  return ids;
}

async function listen(...args: string[]): Promise<Record<string, unknown>[]> {
  const ended = await sandbox.as('bob', ['listen', '--json', ...args]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return jsonLines(ended.stdout);
}

const numbersIn = (messages: readonly Record<string, unknown>[]): unknown[] =>
  messages.map(({ json }) => (json as { n: number }).n);

describe('a line of JSON', () => {
  it('has the documented fields, and no others', async () => {
    const id = await send(['-', '--type', 'note', '--content-type', 'text/plain'], 'hi');
    const [message] = await listen('--until-empty');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
    expect(message).toEqual({
      ...{ id, from: 'alice', to: ['bob'], kind: 'message', type: 'note', cid: id },
      ...{ contentType: 'text/plain', size: 2, sent: time, received: time },
      signer: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      ...{ topic: 'msg.in.bob', partition: 0, offset: expect.any(Number) as number },
      ...{ attempt: 1, redelivered: false, replay: false, text: 'hi' },
    });
  });

  it('carries numbers as the sender wrote them, on one line', async () => {
    await send(['--json', '{"a": 1e400,\n "b": 12345678901234567890, "c": 0.10}']);
    const { stdout } = await sandbox.as('bob', ['listen', '--json', '--until-empty']);
    expect(stdout).toContain('"json":{"a": 1e400,  "b": 12345678901234567890, "c": 0.10}');
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['JSON', 'application/json', '[1]', { json: [1] }],
    ['JSON of another type', 'application/vnd.order+json', '{}', { json: {} }],
    ['JSON that is none', 'application/json', '{"a":', { text: '{"a":' }],
    ['text', 'text/plain; charset=utf-8', 'grün\n', { text: 'grün\n' }],
    ['text that is no UTF-8', 'text/plain', Buffer.of(0x67, 0xfc), { base64: 'Z/w=' }],
    ['bytes', 'application/octet-stream', 'abc', { base64: 'YWJj' }],
  ])('carries the payload in the form that fits: %s', async (_what, type, payload, expected) => {
    await send(['-', '--content-type', type], payload);
    const [message] = await listen('--until-empty');
    const { json, text, base64 } = message ?? {};
    expect({ json, text, base64 }).toEqual({
      ...{ json: undefined, text: undefined, base64: undefined },
      ...expected,
    });
  });
});

describe('a line for people', () => {
  it('shows who sent what, in which no control character is left', async () => {
    const id = await send(
      ['-', '--type', 'note', '--content-type', 'text/plain'],
      'red \u001b[31m\nand \u202ereversed',
    );
    const { stdout } = await sandbox.as('bob', ['listen', '--until-empty']);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d alice /);
    expect(stdout).toContain(`${id} note 25 B: red \\x1b[31m and \\u{202e}reversed\n`);
  });

  it('names binary content instead of printing it', async () => {
    await send(['-'], Buffer.of(0, 1, 2, 255));
    const { stdout } = await sandbox.as('bob', ['listen', '--until-empty']);
    expect(stdout).toMatch(/binary; use --out DIR or --json for its content\n$/);
  });
});

describe('files', () => {
  it('get the names that their senders gave, made harmless and never twice', async () => {
    const out = await mkdtemp(join(sandbox.files, 'out-'));
    await writeFile(join(out, 'report.pdf'), 'mine');
    for (const name of ['report.pdf', 'report.pdf', '.bashrc', 'con.txt', 'a:b?.txt']) {
      await send(['-', '--name', name], name);
    }
    const messages = await listen('--out', out, '--until-empty');
    const names = ['report-2.pdf', 'report-3.pdf', 'bashrc', '_con.txt', 'a_b_.txt'];
    expect(messages.map(({ file }) => file)).toEqual(names.map((name) => join(out, name)));
    expect((await readdir(out)).sort()).toEqual([...names, 'report.pdf'].sort());
    expect(await readFile(join(out, 'report.pdf'), 'utf8')).toBe('mine');
    expect((await stat(join(out, 'bashrc'))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(!hasPseudoTerminal())('have a path that is whole in a narrow terminal', async () => {
    const out = join(await mkdtemp(join(sandbox.files, 'a-long-name-')), 'n'.repeat(60));
    await send(['--json', '{}', '--name', `${'report-'.repeat(10)}.json`]);
    const listening = `'${process.execPath}' bin/msg.js -p bob listen --until-empty --out '${out}'`;
    const session = runInTerminal(`stty cols 80; ${listening}`, { MSG_HOME: sandbox.home });
    expect(await session.exitCode).toBe(0);
    expect(session.screen()).toContain(join(out, `${'report-'.repeat(10)}.json`));
  });

  it('get a name from the id where the sender gave none', async () => {
    const out = join(sandbox.files, 'made', 'by', 'msg');
    const id = await send(['--json', '{}']);
    await listen('--out', out, '--until-empty');
    expect(await readdir(out)).toEqual([`${id}.json`]);
  });
});

describe('a start that cannot go well', () => {
  it('is refused where --out names a file, though nothing has come yet', async () => {
    const path = join(sandbox.files, 'no-directory');
    await writeFile(path, '');
    const args = ['listen', '--out', path, '--until-empty'];
    const { code, stderr } = await sandbox.as('bob', args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${path} is not a directory`)]);
  });

  it('is refused without a key that opens messages, though nothing has come yet', async () => {
    const keys = join(sandbox.files, 'no-keys');
    const { code, stderr } = await sandbox.as('bob', ['listen', '--keys', keys]);
    expect([code, stderr]).toEqual([4, expect.stringContaining('no key with a certificate')]);
  });
});

describe('the end', () => {
  it('comes after exactly as many messages as were asked for, the rest stays', async () => {
    await sendNumbers(1, 2, 3, 4, 5);
    expect(numbersIn(await listen('-n', '2'))).toEqual([1, 2]);
    const out = await mkdtemp(join(sandbox.files, 'two-'));
    expect(numbersIn(await listen('-n', '1'))).toEqual([3]);
    expect(await listen('-n', '2', '--out', out)).toHaveLength(2);
    expect(await readdir(out)).toHaveLength(2);
    expect(await listen('--until-empty')).toEqual([]);
  });

  it('comes at once when the inbox is empty and that was asked for', async () => {
    expect(await listen('--until-empty')).toEqual([]);
  });

  it('comes when nothing came for a while, not before', async () => {
    const listener = sandbox.start('bob', ['listen', '--json', '--idle-timeout', '3s']);
    await sendNumbers(6);
    expect((await listener.ended).code).toBe(0);
    expect(numbersIn(jsonLines(listener.stdout))).toEqual([6]);
  });

  it.each([
    { signal: 'SIGTERM', code: 0 },
    { signal: 'SIGINT', code: 130 },
  ] as const)('comes with $signal as exit code $code, and it says so', async ({ signal, code }) => {
    const listener = sandbox.start('bob', ['listen', '--json']);
    await sendNumbers(7);
    await until('the message is there', () => listener.stdout.includes('"n":7'));
    listener.child.kill(signal);
    expect(await listener.ended).toMatchObject({ code, signal: null });
    expect(listener.stderr).toContain(`${signal}: finishing the message in hand`);
    expect(await listen('--until-empty')).toEqual([]);
  });

  it('comes at once also while brokers that say nothing are waited for', async () => {
    const { port, came } = await listenMutely();
    const settings = { MSG_TRANSPORT: `kafka://127.0.0.1:${port}` };
    const listener = sandbox.start('bob', ['listen'], settings);
    await came;
    listener.child.kill('SIGTERM');
    // One that does not come to its end within ten seconds is stopped, with 130.
    expect(await listener.ended).toMatchObject({ code: 0, signal: null });
  });

  it('comes quietly when the reader has gone, and what it did not get comes next time', async () => {
    const listener = sandbox.start('bob', ['listen', '--json']);
    await sendNumbers(8);
    await until('the first message is there', () => listener.stdout.includes('"n":8'));
    listener.child.stdout.destroy();
    await sendNumbers(9);
    expect(await listener.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(await listen('--until-empty')).toMatchObject([{ json: { n: 9 }, redelivered: true }]);
  });

  it.each([
    [['-n', '0'], 'not a number of messages: 0'],
    [['--from', 'yesterday'], 'not a place in an inbox: yesterday'],
    [['--from', '@12'], 'not a place in an inbox: @12'],
    [['--idle-timeout', '5'], 'not a duration: "5"'],
  ])('is not left to guessing: %j', async (args, error) => {
    const ended = await sandbox.as('bob', ['listen', ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`msg: error: ${error}\nmsg: hint: `);
  });
});

describe('a look back', () => {
  it('delivers again what had been delivered, says so, and leaves the position alone', async () => {
    const begun = new Date().toISOString();
    await sendNumbers(10, 11, 12);
    const [first] = await listen('-n', '2');
    await sendNumbers(13);
    const replay = { json: { n: 10 }, replay: true, redelivered: true, attempt: 2 };
    const lookBack = await listen('--from', String(first?.['offset']), '-n', '1');
    expect(lookBack).toMatchObject([{ ...replay, offset: first?.['offset'] }]);
    expect(await listen('--from', `@${begun}`, '-n', '1')).toMatchObject([replay]);
    expect(await listen('--from', '@-10m', '-n', '1')).toMatchObject([{ replay: true }]);
    expect(await listen('--from', 'earliest', '-n', '1')).toMatchObject([{ replay: true }]);
    expect(await listen('--until-empty')).toMatchObject([
      { json: { n: 12 }, replay: false, redelivered: false },
      { json: { n: 13 }, replay: false, redelivered: false },
    ]);
  });

  it('delivers what is new, too, and then never again', async () => {
    const begun = new Date().toISOString();
    await sendNumbers(14);
    await listen('--until-empty');
    await sendNumbers(15);
    const seen = await listen('--from', `@${begun}`, '--until-empty');
    expect(numbersIn(seen).sort()).toEqual([14, 15]);
    expect(seen.find(({ replay }) => replay === false)).toMatchObject({ json: { n: 15 } });
    expect(await listen('--until-empty')).toEqual([]);
    const lag = await sandbox.as('bob', ['inbox', 'lag', '--json']);
    expect(jsonLines(lag.stdout)).toMatchObject([{ lag: 0 }]);
  });

  it('does not refuse for its age what had been delivered in time', async () => {
    const where = { home: sandbox.home, from: 'alice', to: 'bob' };
    const expires = Date.now() + 8_000;
    const value = await sealBetween(where, Buffer.from('short-lived'), { expires });
    await publishRaw(sandbox.home, 'bob', [value]);
    const [message] = await listen('--until-empty');
    expect(message).toMatchObject({ from: 'alice', size: 11 });
    await until('it has expired', () => Date.now() > expires);
    const again = await listen('--from', String(message?.['offset']), '--until-empty');
    expect(again).toMatchObject([{ id: message?.['id'], replay: true }]);
  });
});
