import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { msg } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

async function send(from: string, to: string, ...args: string[]): Promise<string> {
  const sent = await sandbox.as(from, ['send', to, ...args]);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  return sent.stdout.trim();
}

const listen = (...args: string[]) => sandbox.as('bob', ['listen', '--until-empty', ...args]);

async function quarantined(reason: string): Promise<Record<string, unknown>[]> {
  const args = ['quarantine', 'list', '--reason', reason, '--json'];
  return jsonLines((await sandbox.as('bob', args)).stdout);
}

describe('listen --exec', () => {
  it('runs the command for each message, and tells how it ended', async () => {
    const id = await send('alice', 'bob', '--json', '{"order":1}', '--type', 'order');
    const log = join(sandbox.files, 'log');
    const command = `echo "$MSG_FROM $MSG_TYPE $MSG_ID $(cat)" >> '${log}'; echo working >&2`;
    const ended = await listen('--exec', command);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(new RegExp(`alice ${id} order \\d+ B: exit 0 in \\d+ ms\n$`));
    expect(ended.stderr).toBe(`msg: handler of ${id}: working\n`);
    expect(await readFile(log, 'utf8')).toBe(`alice order ${id} {"order":1}\n`);
  });

  it('says so in JSON', async () => {
    const id = await send('alice', 'bob', '--json', '{}');
    const { stdout, stderr } = await listen('--exec', 'echo hm', '--json');
    const milliseconds = expect.any(Number) as number;
    const [line] = jsonLines(stdout);
    expect(line).toMatchObject({ id, outcome: 'exit 0', milliseconds });
    expect(line).not.toHaveProperty('json');
    expect(jsonLines(stderr)).toEqual([{ note: { message: `handler of ${id}: hm` } }]);
  });

  it('asks again after exit 75 and marks what may have been handled before', async () => {
    await send('alice', 'bob', '--json', '{"n":1}');
    const first = join(sandbox.files, 'first-attempt');
    const command = `if [ -e '${first}' ]; then echo "$MSG_ATTEMPT $MSG_REDELIVERED"; else touch '${first}'; exit 75; fi`;
    const ended = await sandbox.as('bob', ['listen', '-n', '1', '--exec', command]);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('messages from alice wait: the handler wants another try');
    expect(ended.stderr).toMatch(/: 2 1\n$/);
  });

  it('puts what the handler refuses into quarantine, from where a retry brings it back', async () => {
    const id = await send('alice', 'bob', '--json', '{"n":2}');
    const ended = await listen('--exec', 'echo "no such order" >&2; exit 1');
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toContain('the handler ended with exit 1: no such order');
    const [row] = await quarantined('handler-failed');
    expect(row).toMatchObject({ claimedId: id, verified: true });
    const retried = await sandbox.as('bob', ['quarantine', 'retry', String(row?.['number'])]);
    expect(retried.stdout).toContain('requeued');
    const again = await listen('--exec', 'echo "$MSG_ATTEMPT"');
    expect(again.stdout).toContain(`${id} (redelivered)`);
    expect(again.stderr).toMatch(/: 2\n$/);
    expect(await quarantined('handler-failed')).toEqual([]);
  });

  it('gives up at the attempt that was set, and goes on with the next message', async () => {
    await send('alice', 'bob', '--json', '"bad"');
    const good = await send('alice', 'bob', '--json', '"good"');
    const command = 'grep -q good || exit 75';
    const ended = await sandbox.as('bob', [
      ...['listen', '-n', '1', '--exec', command, '--max-attempts', '2'],
    ]);
    expect(ended.stdout).toContain(good);
    expect((await quarantined('handler-failed')).at(-1)?.['detail']).toMatch(
      /^gave up at attempt 2: the handler wants another try/,
    );
  });

  it('ends with 75 when the handler is not there and nobody wants to wait', async () => {
    const id = await send('alice', 'bob', '--json', '"waits"');
    const ended = await listen('--exec', './not-there');
    expect(ended).toMatchObject({ code: 75, stdout: '' });
    expect((await listen('--json')).stdout).toContain(id);
  });

  it('keeps secrets to itself', async () => {
    await send('alice', 'bob', '--json', '{}');
    const env = {
      MY_SECRET: 'hunter2',
      MSG_FORWARD_AUTH: 'env:MY_SECRET',
      MSG_TRANSPORT_PASSWORD: 'env:OTHER_SECRET',
      OTHER_SECRET: 'hunter3',
      HARMLESS: 'yes',
    };
    const args = ['--profile', 'bob', 'listen', '--until-empty', '--exec', 'env'];
    const ended = await msg(args, { home: sandbox.home, env });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('HARMLESS=yes');
    expect(ended.stderr).toContain('MSG_PROFILE=bob');
    expect(ended.stderr).not.toMatch(/hunter|SECRET|MSG_FORWARD_AUTH|MSG_TRANSPORT_PASSWORD/);
  });

  it('finishes the handler in hand before it ends', async () => {
    await send('alice', 'bob', '--json', '{}');
    const at = join(sandbox.files, 'at-it');
    const command = `touch '${at}'; sleep 1; echo finished`;
    const listener = sandbox.start('bob', ['listen', '--exec', command]);
    await until('the handler runs', async () => (await readdir(sandbox.files)).includes('at-it'));
    listener.child.kill('SIGTERM');
    const ended = await listener.ended;
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stderr).toContain('finished');
    expect(ended.stdout).toContain('exit 0');
  });

  it('serves several senders at the same time, each in order', async () => {
    await Promise.all([1, 2].map((n) => send('alice', 'bob', '--json', `{"a":${n}}`)));
    await send('bob', 'bob', '--json', '{"b":1}');
    const log = join(sandbox.files, 'lanes');
    // Each sender's first handler waits until that of the other one has begun.
    const command = `echo "+$MSG_FROM" >> '${log}'
      until [ "$(sort -u '${log}' | grep -c ^+)" = 2 ]; do sleep 0.05; done
      echo "-$MSG_FROM" >> '${log}'`;
    expect((await listen('--exec', command, '--lanes', '2')).code).toBe(0);
    const text = await readFile(log, 'utf8');
    const alices = text.split('\n').filter((line) => line.endsWith('alice'));
    expect(alices).toEqual(['+alice', '-alice', '+alice', '-alice']);
  });
});

describe('listen --exec-file', () => {
  it('hands a file over, and leaves nothing behind, not even of a killed listener', async () => {
    const report = join(sandbox.files, 'report.pdf');
    await writeFile(report, 'pages');
    await send('alice', 'bob', report);
    const left = join(sandbox.home, 'state', 'bob', 'handler');
    const at = join(sandbox.files, 'at-file');
    const killed = sandbox.start('bob', ['listen', '--exec-file', `touch '${at}'; sleep 60`]);
    await until('the handler runs', async () => (await readdir(sandbox.files)).includes('at-file'));
    expect(await readdir(left)).toHaveLength(1);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const ended = await listen('--exec-file', 'basename "$MSG_FILE"; cat "$MSG_FILE"');
    expect(ended.stderr.match(/: .*: (report\.pdf|pages)/g)).toHaveLength(2);
    expect((await readdir(left, { recursive: true })).filter((one) => one.includes('pdf'))).toEqual(
      [],
    );
  });
});

describe('listen --forward-to', () => {
  it('posts each message with the credentials from where the setting says', async () => {
    const got: string[] = [];
    const server = createServer((request, response) => {
      got.push(`${request.headers.authorization} ${String(request.headers['msg-id'])}`);
      request.resume().on('end', () => response.writeHead(got.length === 1 ? 503 : 204).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const token = join(sandbox.files, 'token');
    await writeFile(token, 'Bearer abc\n', { mode: 0o600 });
    const id = await send('alice', 'bob', '--json', '{}');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const ended = await sandbox.as('bob', [
      ...['listen', '-n', '1', '--forward-to', url, '--forward-auth', `file:${token}`],
    ]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('HTTP 204');
    expect(ended.stderr).toContain('answered 503 Service Unavailable');
    expect(got).toEqual([`Bearer abc ${id}`, `Bearer abc ${id}`]);
  });
});

describe('listen --reply', () => {
  it('answers the sender under its correlation id, once for each message', async () => {
    const asked = await send('alice', 'bob', '--json', '{"price":"tea"}', '--cid', 'case 7');
    const ended = await listen('--exec', 'echo "{\\"for\\": $(cat)}"', '--reply');
    expect(ended.code).toBe(0);
    const replyId = /replied with (\S+)/.exec(ended.stdout)?.[1];
    const got = await sandbox.as('alice', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([
      {
        ...{ id: replyId, from: 'bob', cid: 'case 7', replyTo: asked },
        ...{ contentType: 'application/json', json: { for: { price: 'tea' } } },
      },
    ]);
  });

  it('does not answer a second time what is handled a second time', async () => {
    const asked = await send('alice', 'bob', '--json', '{}');
    const fail = await listen(
      '--exec',
      'echo "answer $MSG_ATTEMPT"; exit 0',
      '--reply',
      '--reply-type',
      'answer',
    );
    expect(fail.code).toBe(0);
    const again = await listen('--exec', 'echo again', '--reply', '--from', 'earliest');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`${asked} (replay)`);
    const got = await sandbox.as('alice', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([
      { replyTo: asked, type: 'answer', text: 'answer 1\n' },
    ]);
  });

  it('never answers an answer: two handlers would go on for ever', async () => {
    const asked = await send('alice', 'bob', '--json', '{}');
    const reply = ['listen', '--until-empty', '--exec', 'echo pong', '--reply'];
    expect((await sandbox.as('bob', reply)).stdout).toContain('replied with');
    const answered = await sandbox.as('alice', reply);
    expect(answered.stdout).toContain('exit 0');
    expect(answered.stdout).not.toContain('replied with');
    const rows = await sandbox.as('alice', ['message', 'list', '--cid', asked, '--json']);
    expect(jsonLines(rows.stdout)).toHaveLength(2);
  });
});

describe('options that do not go together', () => {
  it.each([
    [['--exec', 'true', '--out', '.'], '--out and --exec exclude each other'],
    [['--exec', ''], '--exec names nothing'],
    [['--out', ' '], '--out names nothing'],
    [['--exec', 'a', '--exec-file', 'b'], '--exec and --exec-file exclude each other'],
    [['--reply'], '--reply says nothing without'],
    [['--exec', 'true', '--reply-type', 'x'], '--reply-type says nothing without --reply'],
    [['--exec-timeout', '1s'], '--exec-timeout says nothing without'],
    [['--exec', 'true', '--exec-timeout', 'soon'], 'not a duration'],
    [['--exec', 'true', '--lanes', '0'], 'not a number for --lanes: 0'],
    [['--exec', 'true', '--max-attempts', 'many'], 'not a number for --max-attempts: many'],
    [['--forward-to', 'ftp://x'], 'not an http or https URL'],
    [['--forward-to', 'https://u:p@x/'], 'the URL holds a user name or password'],
  ])('are refused: %j', async (args, error) => {
    const ended = await sandbox.as('bob', ['listen', ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`msg: error: ${error}`);
    expect(ended.stderr).toContain('msg: hint: ');
    expect(ended.stderr).not.toContain('u:p@');
  });

  it('are explained by msg help handlers', async () => {
    const { stdout } = await sandbox.as('bob', ['help', 'handlers']);
    for (const word of ['MSG_ID', 'MSG_FILE', 'exit 75', 'Idempotency-Key']) {
      expect(stdout).toContain(word);
    }
    await mkdir(join(sandbox.files, 'unused'), { recursive: true });
  });
});
