import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/domain/message-id.js';
import { jsonLines } from '../support/json-lines.js';
import type { Ended } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

const newId = (): string => newMessageId(Date.now, randomBytes);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
});
afterAll(async () => {
  await sandbox.remove();
});

/** What bob finds in his inbox. */
async function received(by = 'bob'): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await sandbox.as(by, ['listen', '--json', '--until-empty']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return jsonLines(stdout);
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(sandbox.files, name);
  await writeFile(path, content);
  return path;
}

function expectRefused(ended: Ended, error: string | RegExp, hint: string | RegExp): void {
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  const [first = '', second = '', ...rest] = ended.stderr.split('\n');
  expect(first).toMatch(/^msg: error: /);
  expect(first).toMatch(error);
  expect(second).toMatch(/^msg: hint: /);
  expect(second).toMatch(hint);
  expect(rest).toEqual(['']);
}

describe('what is sent', () => {
  it('is a file, with its name and the type that its name says', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', await file('list.csv', 'a;b\n1;2\n')]);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect(await received()).toMatchObject([
      { id: sent.stdout.trim(), name: 'list.csv', contentType: 'text/csv', text: 'a;b\n1;2\n' },
    ]);
  });

  it.each([['-'], []])('is standard input, said or implied (%j)', async (...source) => {
    const bytes = randomBytes(5_000);
    const sent = await sandbox.as('alice', ['send', 'bob', ...source], bytes);
    expect(sent.code).toBe(0);
    const [message] = await received();
    expect(message).toMatchObject({ contentType: 'application/octet-stream', size: 5_000 });
    expect(message).not.toHaveProperty('name');
    expect(Buffer.from(String(message?.['base64']), 'base64').equals(bytes)).toBe(true);
  });

  it('is a JSON document, byte for byte as it was written', async () => {
    const document = '{"amount": 1200.00, "big": 12345678901234567890, "twice": 1, "twice": 2}';
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', document]);
    expect(sent.code).toBe(0);
    const { stdout } = await sandbox.as('bob', ['listen', '--json', '--until-empty']);
    expect(stdout).toContain(`"json":${document}`);
  });

  it('may be empty on purpose, but not by an accident of a pipe', async () => {
    expect((await sandbox.as('alice', ['send', 'bob', '-'], '')).code).toBe(0);
    expect(await received()).toMatchObject([{ size: 0, base64: '' }]);
    const implied = await sandbox.as('alice', ['send', 'bob'], '');
    expectRefused(implied, 'standard input is empty', 'end with "-"');
  });
});

describe('several recipients', () => {
  it.each([
    ['as operands', ['bob', 'alice']],
    ['after commas', ['bob,alice']],
    ['named twice', ['bob', 'alice,bob']],
  ])('%s get the same message, once each', async (_how, peers) => {
    const path = await file('for-both.txt', 'for both');
    const sent = await sandbox.as('alice', ['send', ...peers, path]);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const id = sent.stdout.trim();
    const expected = [{ id, from: 'alice', to: ['alice', 'bob'], text: 'for both' }];
    expect(await received('bob')).toMatchObject(expected);
    expect(await received('alice')).toMatchObject(expected);
  });

  it('get nothing when one of them is unknown', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob,nobody', '--json', '{}']);
    expect(sent).toMatchObject({ code: 3, stdout: '' });
    expect(await received('bob')).toEqual([]);
    const kept = await sandbox.as('alice', ['outbox', 'list', '--json']);
    expect(kept.stdout).toBe('');
  });
});

describe('what is said about a message', () => {
  it('arrives in the signed header', async () => {
    const replyTo = newId();
    const options = ['--type', 'order.v1', '--cid', 'case 17', '--reply-to', replyTo].concat([
      '--name',
      'Größe.bin',
      '--content-type',
      'application/x-order; v=2',
    ]);
    const args = ['send', 'bob', '-', ...options, '--expires', '1h'];
    const sent = await sandbox.as('alice', args, 'x');
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect((await received()).length).toBe(1);
    const shown = await sandbox.as('bob', ['message', 'show', sent.stdout.trim(), '--json']);
    const [message] = jsonLines(shown.stdout);
    const { header } = message as { header: { sent: number } };
    expect(message).toMatchObject({
      ...{ direction: 'in', from: 'alice', type: 'order.v1', cid: 'case 17', state: 'done' },
      sent: new Date(header.sent).toISOString(),
      expires: new Date(header.sent + 3_600_000).toISOString(),
      header: {
        ...{ type: 'order.v1', cid: 'case 17', replyTo, name: 'Größe.bin', from: 'alice' },
        ...{ contentType: 'application/x-order; v=2', size: 1 },
      },
    });
  });

  it('has the own id as correlation id where none is given', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', '{}']);
    expect(await received()).toMatchObject([{ id: sent.stdout.trim(), cid: sent.stdout.trim() }]);
  });

  it('has the correlation id of the question in an answer', async () => {
    await sandbox.as('alice', ['send', 'bob', '--json', '{}', '--cid', 'case 18']);
    const [question] = await received();
    const replyTo = ['--reply-to', String(question?.['id'])];
    expect((await sandbox.as('bob', ['send', 'alice', '--json', '{}', ...replyTo])).code).toBe(0);
    expect(await received('alice')).toMatchObject([
      { cid: 'case 18', replyTo: question?.['id'], from: 'bob' },
    ]);
  });

  it.each([
    ['a path for a name', ['--name', '../../etc/passwd'], /name is a path/],
    ['a name with control characters', ['--name', 'a\u001b[31mb'], /unprintable characters/],
    ['an empty type', ['--type', ''], /type is empty/],
    ['a correlation id without end', ['--cid', 'c'.repeat(300)], /cid is longer than 255/],
    ['a media type that is none', ['--content-type', 'pdf'], /contentType is not a media type/],
    ['an answer to no message', ['--reply-to', 'yesterday'], /not a message id: "yesterday"/],
    ['an expiry that is no time', ['--expires', 'soon'], /not a duration: "soon"/],
    ['an expiry at once', ['--expires', '0s'], /expires after 0s is delivered to nobody/],
  ])('is refused before anything is sent: %s', async (_what, options, error) => {
    expectRefused(await sandbox.as('alice', ['send', 'bob', '-', ...options], 'x'), error, /\S/);
    expect(await received()).toEqual([]);
  });

  it('does not make a file name with control characters travel unseen', async () => {
    const path = await file('two\nlines.txt', 'x');
    const error = /name holds unprintable characters$/;
    expectRefused(await sandbox.as('alice', ['send', 'bob', path]), error, 'another name');
    const named = await sandbox.as('alice', ['send', 'bob', path, '--name', 'lines.txt']);
    expect(named.code).toBe(0);
    expect(await received()).toMatchObject([{ name: 'lines.txt', text: 'x' }]);
  });
});

describe('an expired message', () => {
  it('goes to quarantine, with a warning, and the listener ends well', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', '{}', '--expires', '1ms']);
    const id = sent.stdout.trim();
    const { code, stdout, stderr } = await sandbox.as('bob', ['listen', '--until-empty']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^msg: warning: moved \S+ from alice to quarantine: it expired on 20/);
    const { stdout: quarantine } = await sandbox.as('bob', ['quarantine', 'list', '--json']);
    expect(jsonLines(quarantine)).toMatchObject([
      { reason: 'expired', claimedSender: 'alice', claimedId: id },
    ]);
  });

  it('is delivered as usual before its time', async () => {
    await sandbox.as('alice', ['send', 'bob', '--json', '{}', '--expires', '1h']);
    expect(await received()).toMatchObject([{ from: 'alice' }]);
  });
});

describe('a fixed id', () => {
  it('is sent once, however often it is asked for', async () => {
    const id = newId();
    const args = ['send', 'bob', '--json', '{"n":1}', '--id', id];
    expect(await sandbox.as('alice', args)).toMatchObject({ code: 0, stdout: `${id}\n` });
    const again = await sandbox.as('alice', args);
    expect(again).toEqual({
      ...{ code: 0, signal: null, stdout: `${id}\n` },
      stderr: `msg: already sent: ${id}\n`,
    });
    expect(await received()).toMatchObject([{ id }]);
  });

  it.each([
    ['content', ['bob', '--json', '{"n":2}']],
    ['recipients', ['bob', 'alice', '--json', '{"n":1}']],
    ['type', ['bob', '--json', '{"n":1}', '--type', 'order']],
  ])('is refused for another message: other %s', async (_what, args) => {
    const id = newId();
    await sandbox.as('alice', ['send', 'bob', '--json', '{"n":1}', '--id', id]);
    const other = await sandbox.as('alice', ['send', ...args, '--id', id]);
    expectRefused(other, `the id ${id} was used for another message`, `msg message show ${id}`);
    expect(await received()).toMatchObject([{ id, json: { n: 1 } }]);
  });
});

describe('a dry run', () => {
  it('says what would be sent, sends and keeps nothing', async () => {
    const id = newId();
    const args = ['send', 'bob', '--json', '{}', '--dry-run', '--id', id];
    const dry = await sandbox.as('alice', args);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^would send 2 bytes \(\d+ sealed\) to bob: msg\.in\.bob\n$/);
    expect(await received()).toEqual([]);
    expect((await sandbox.as('alice', ['message', 'show', id])).code).toBe(2);
  });

  it('finds what would fail', async () => {
    const dry = await sandbox.as('alice', ['send', 'nobody', '--json', '{}', '--dry-run']);
    expect(dry).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('--format json', () => {
  it('gives one object with where the message lies', async () => {
    const args = ['--format', 'json', 'send', 'bob', 'alice', '--json', '{}'];
    const sent = await sandbox.as('alice', args);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const [result, ...more] = jsonLines(sent.stdout);
    expect(more).toEqual([]);
    expect(result).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, state: 'sent', size: 2 },
      sealedSize: expect.any(Number) as number,
      recipients: ['alice', 'bob'].map((peer) => ({
        ...{ peer, topic: `msg.in.${peer}`, state: 'sent', partition: 0 },
        offset: expect.any(Number) as number,
      })),
    });
    await Promise.all([received('bob'), received('alice')]);
  });
});

describe('what cannot be sent', () => {
  it('is a file of terabytes, which is not read for that', async () => {
    const path = join(sandbox.files, 'huge.bin');
    const huge = await open(path, 'w');
    await huge.truncate(8 * 1024 ** 4);
    await huge.close();
    const error = `${path} holds 8 TiB; a message holds 900 GiB`;
    expectRefused(await sandbox.as('alice', ['send', 'bob', path]), error, 'split it');
    const listed = await sandbox.as('alice', ['outbox', 'list', '--json']);
    expect(listed.stdout).toBe('');
  });

  it('is a device without end', async () => {
    const device = await sandbox.as('alice', ['send', 'bob', '/dev/zero']);
    expectRefused(device, '/dev/zero is a device', 'head -c 1G /dev/zero | msg send PEER -');
  });

  it('is a directory', async () => {
    const path = join(sandbox.files, 'invoices');
    await mkdir(path);
    const ended = await sandbox.as('alice', ['send', 'bob', path]);
    expectRefused(ended, `${path} is a directory`, `tar cz ${path} | msg send PEER -`);
  });

  it('is a file that one may not read', async ({ skip }) => {
    if (process.getuid?.() === 0) return skip('skipped: root may read every file');
    const path = await file('secret.txt', 'x');
    await chmod(path, 0);
    const ended = await sandbox.as('alice', ['send', 'bob', path]);
    expectRefused(ended, `cannot read ${path}: EACCES`, 'who may read it');
  });

  it('is a document with a mistake, which is not repeated in the error', async () => {
    const ended = await sandbox.as('alice', ['send', 'bob', '--json', '{"password": secret}']);
    expectRefused(ended, /not JSON: .* expected at line 1, column 14$/, 'quote the document');
    expect(ended.stderr).not.toContain('secret');
  });
});
