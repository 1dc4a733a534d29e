import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

let sandbox: Sandbox;
let question: string;

beforeAll(async () => {
  sandbox = await raiseSandbox();
  const asked = await sandbox.as('alice', ['send', 'bob', '--json', '1', '--cid', 'order-17']);
  question = asked.stdout.trim();
  expect((await sandbox.as('bob', ['listen', '--until-empty'])).code).toBe(0);
});
afterAll(async () => {
  await sandbox.remove();
});

describe('msg reply', () => {
  it('writes to the sender, with the correlation id of the message', async () => {
    const replied = await sandbox.as('bob', ['reply', question], 'an answer');
    expect(replied).toMatchObject({ code: 0, stderr: '' });
    const listened = await sandbox.as('alice', ['listen', '--until-empty', '--json']);
    expect(jsonLines(listened.stdout)).toMatchObject([
      { id: replied.stdout.trim(), from: 'bob', replyTo: question, cid: 'order-17' },
    ]);
  });

  it.each([
    ['a message that was sent from here', () => ['alice', question], 'was sent from here'],
    ['an unknown message', () => ['bob', '0197a2b4-7c1e-7000-8000-4f5e6d7c8b9a'], 'has no message'],
    ['what is no id', () => ['bob', 'seventeen'], 'seventeen'],
    ['a message of somebody else', () => ['bob', question, '--from', 'carol'], 'has no message'],
    ['with a file and a document', () => ['bob', question, 'file', '--json', '1'], 'both a file'],
  ] as const)('refuses %s', async (_, call, sentence) => {
    const [profile = '', id = '', ...rest] = call();
    const content = rest.includes('--json') ? rest : [...rest, '--json', '2'];
    const replied = await sandbox.as(profile, ['reply', id, ...content]);
    expect(replied).toMatchObject({ code: 2, stdout: '' });
    expect(replied.stderr).toContain(sentence);
  });
});

describe('msg request', () => {
  it.each([
    ['a file and a document', ['bob', 'file', '--json', '1'], 2, 'both a file'],
    ['nothing to ask', ['bob'], 2, 'nothing to send'],
    ['an unknown peer', ['nobody', '--json', '1'], 3, 'unknown peer'],
    ['a time that is none', ['bob', '--json', '1', '--timeout', 'soon'], 2, 'soon'],
    ['two peers', ['bob', 'carol', '--json', '1'], 2, 'both a file'],
  ])('refuses %s, and sends nothing', async (_, args, code, sentence) => {
    const asked = await sandbox.as('alice', ['request', ...args]);
    expect(asked).toMatchObject({ code, stdout: '' });
    expect(asked.stderr).toContain(sentence);
    expect((await sandbox.as('bob', ['inbox', 'lag', '--max-lag', '0'])).code).toBe(0);
  });

  it('writes over no file', async () => {
    const output = `${sandbox.files}/there`;
    writeFileSync(output, 'mine');
    const asked = await sandbox.as('alice', ['request', 'bob', '--json', '1', '-o', output]);
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain('--force');
    expect(readFileSync(output, 'utf8')).toBe('mine');
  });
});
