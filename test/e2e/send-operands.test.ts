import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { msg, type Ended } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

describe('what stands where a peer does, and is none', () => {
  let sandbox: Sandbox;
  const two = (one: string, other: string): string =>
    `two payloads were given: ${one} and ${other}`;
  const document = 'the document of --json';
  const order = 'the peers come first, what is sent comes last: msg send PEER ';

  beforeAll(async () => {
    sandbox = await raiseSandbox();
    for (const name of ['plain.txt', 'bob']) await writeFile(join(sandbox.files, name), 'x');
    await mkdir(join(sandbox.files, 'folder'));
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  /** Sends as alice, among the files, with a document on standard input. */
  function send(...args: string[]): Promise<Ended> {
    const { home, files } = sandbox;
    return msg(['-p', 'alice', '-q', 'send', ...args], { home, cwd: files, input: '{}' });
  }

  function expectRefused(ended: Ended, error: string, hint: string): void {
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    const [first = '', second = '', ...rest] = ended.stderr.split('\n');
    expect(first).toContain(`msg: error: ${error}`);
    expect(second).toMatch(/^msg: hint: /);
    expect(second).toContain(hint);
    expect(rest).toEqual(['']);
  }

  it.each([
    [['bob', '--json', '{}', 'plain.txt'], two('the file plain.txt', document), 'leave one out'],
    [['bob', '--json', '{}', './plain.txt'], two('the file ./plain.txt', document), 'by itself'],
    [['bob,alice', '--json', '{}', '-'], two('standard input', document), 'leave one out'],
    [['bob', '-', 'plain.txt'], two('standard input', 'the file plain.txt'), 'leave one out'],
    [['bob', 'plain.txt', '-'], two('the file plain.txt', 'standard input'), 'leave one out'],
    [['bob', './folder', 'bob'], two('the directory ./folder', 'the file bob'), 'leave one out'],
    [['plain.txt'], 'plain.txt is a file, not a peer', `${order}plain.txt`],
    [['./plain.txt', '--json', '{}'], './plain.txt is a file, not', `${order}--json DOCUMENT`],
    [['-', 'alice'], '"-" is standard input, not a peer', `${order}-`],
    [['bob', 'plain.txt', 'bob', '--ndjson'], two('the file plain.txt', 'the file bob'), 'leave'],
    [['bob', '-', 'bob', '--ndjson'], two('standard input', 'the file bob'), 'leave one out'],
    [['./plain.txt', '--ndjson'], './plain.txt is a file, not a peer', `${order}./plain.txt`],
    [['bob', '--ndjson', '--json', '{}'], '--json is for one message', 'the documents as lines'],
  ])('is told what it is: msg send %j', async (args, error, hint) => {
    expectRefused(await send(...args), error, hint);
  });

  it('is told what it is, where the lines of standard input were to be sent to it', async () => {
    const sent = await send('plain.txt', '--ndjson');
    expectRefused(sent, 'plain.txt is a file, not a peer', `${order}plain.txt`);
  });

  it('is a peer where the directory knows one, though a file is called so too', async () => {
    expect(await send('bob', '--json', '{}')).toMatchObject({ code: 0, stderr: '' });
    const inbox = await sandbox.as('bob', ['listen', '--json', '--until-empty']);
    expect(jsonLines(inbox.stdout)).toMatchObject([{ json: {} }]);
    const unknown = await send('bob', 'nobody', '--json', '{}');
    expect(unknown).toMatchObject({ code: 3, stdout: '' });
    expect(unknown.stderr).toMatch(/^msg: error: unknown peer: nobody\n/);
  });
});
