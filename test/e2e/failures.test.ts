import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyFile, writeKeyFile } from '../../src/identity/key-file.js';
import { KeyStore } from '../../src/identity/store.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

const HELLO = ['--json', '{"hello": "bob"}'];
/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = '127.0.0.1:1';

describe('what goes wrong has an exit code, a sentence and a hint', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
    expect((await sandbox.as('alice', ['send', 'bob', ...HELLO])).code).toBe(0);
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  it.each([
    {
      what: 'an unknown peer',
      args: ['send', 'nobody', ...HELLO],
      ...{ code: 3, error: 'unknown peer: nobody', hint: 'msg peer list' },
    },
    {
      what: 'something that cannot be a peer',
      args: ['send', 'No Body', ...HELLO],
      ...{ code: 2, error: 'not a peer name: "No Body"', hint: 'lower-case' },
    },
    {
      what: 'a file that is not there',
      args: ['send', 'bob', './no-such-file.pdf'],
      ...{
        code: 2,
        error: 'no such file: ./no-such-file.pdf',
        hint: 'the last operand is the file',
      },
    },
    {
      what: 'JSON that is not JSON',
      args: ['send', 'bob', '--json', '{order: 17}'],
      ...{ code: 2, error: 'not JSON', hint: 'quote the document' },
    },
    {
      what: 'JSON that other programs would read from standard input',
      args: ['send', 'bob', '--json', '-'],
      ...{ code: 2, error: 'not JSON', hint: 'msg send PEER FILE' },
    },
    {
      what: 'a broker that does not answer',
      args: ['send', 'bob', ...HELLO, '--transport', `kafka://${NOWHERE}`],
      ...{ code: 75, error: NOWHERE, hint: '' },
    },
    {
      what: 'a chain that does not answer, with nothing fresh enough in the cache',
      args: ['send', 'bob', ...HELLO, '--chain-url', `http://${NOWHERE}`].concat(
        '--book-max-age',
        '0',
        '--book-max-stale',
        '0',
      ),
      ...{ code: 75, error: NOWHERE, hint: '' },
    },
    {
      what: 'a log that is not there',
      args: ['send', 'bob', ...HELLO, '--transport', 'file:/no/such/log.db'],
      ...{ code: 2, error: '/no/such/log.db', hint: 'msg inbox create' },
    },
    {
      what: 'a message id that is none',
      args: ['send', 'bob', ...HELLO, '--id', '17'],
      ...{ code: 2, error: 'not a message id: "17"', hint: 'UUID version 7' },
    },
    {
      what: 'an unknown option',
      args: ['send', 'bob', '--tpye', 'order'],
      ...{ code: 2, error: "unknown option '--tpye'", hint: 'did you mean --type' },
    },
    {
      what: 'a profile that is not there',
      args: ['--profile', 'alcie', 'send', 'bob', ...HELLO],
      ...{ code: 2, error: 'no profile "alcie"', hint: 'alice' },
    },
  ])('$what', async ({ args, code, error, hint }) => {
    const ended = await sandbox.as('alice', args);
    expect(ended).toMatchObject({ code, stdout: '' });
    const [first = '', second = ''] = ended.stderr.split('\n');
    expect(first).toMatch(/^msg: error: \S/);
    expect(first).toContain(error);
    expect(second).toMatch(/^msg: hint: \S/);
    expect(second).toContain(hint);
  });

  it('keeps nothing when the broker was certainly not reached', async () => {
    const id = '0192d3a1-7c4e-7b1a-8f00-00000000dead';
    const args = ['send', 'bob', ...HELLO, '--id', id, '--transport', `kafka://${NOWHERE}`];
    expect((await sandbox.as('alice', args)).code).toBe(75);
    const shown = await sandbox.as('alice', ['message', 'show', id]);
    expect(shown).toMatchObject({ code: 2, stdout: '' });
    expect(shown.stderr).toContain('the ledger has no message');
  });

  it('keeps the message with --queue, and sends the same bytes when the outbox is flushed', async () => {
    const offline = ['--queue', '--transport', `kafka://${NOWHERE}`];
    const queued = await sandbox.as('alice', ['send', 'bob', ...HELLO, ...offline]);
    expect(queued.code).toBe(0);
    expect(queued.stderr).toContain('not yet sent to bob');
    const id = queued.stdout.trim();
    const waiting = await sandbox.as('alice', ['outbox', 'list']);
    expect(waiting.stdout).toContain(id);
    expect(await sandbox.as('alice', ['outbox', 'flush'])).toMatchObject({
      code: 0,
      stdout: `${id}\n`,
    });
    const got = await sandbox.as('bob', ['listen', '--json', '--until-empty']);
    expect(got.stdout).toContain(id);
  });

  it('refuses a wrong passphrase without showing it', async () => {
    const entry = new KeyStore(join(sandbox.home, 'data', 'alice', 'keys')).current();
    const path = join(entry?.directory ?? '', 'key.pem');
    const key = await readKeyFile(path, () => Promise.resolve(undefined));
    const right = { passphrase: 'correct horse', random: randomBytes, force: true };
    await writeKeyFile(path, key, right);
    const secret = join(sandbox.home, 'passphrase');
    await writeFile(secret, 'battery staple\n', { mode: 0o600 });
    const args = ['send', 'bob', ...HELLO, '--key-passphrase', `file:${secret}`];
    const wrong = await sandbox.as('alice', args);
    expect(wrong).toMatchObject({ code: 4, stdout: '' });
    expect(wrong.stderr).toMatch(/^msg: error: .*passphrase/);
    expect(wrong.stderr).not.toContain('battery staple');
    await writeKeyFile(path, key, { random: randomBytes, force: true });
  });

  it('gives errors as one JSON object when stdout is JSON', async () => {
    const ended = await sandbox.as('alice', ['--format', 'json', 'send', 'nobody', ...HELLO]);
    expect(JSON.parse(ended.stderr)).toMatchObject({
      error: { code: 'peer-unknown', message: 'unknown peer: nobody', retryable: false },
    });
  });
});
