import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyStore } from '../../src/identity/store.js';
import { opensslSteps, runOpenssl } from '../../src/sandbox/openssl.js';
import { hasKafka } from '../support/kafka.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

const DOCUMENT = '{"order": 17, "amount": "1200.00"}';

const hasKcat = process.env['CI'] === 'true' || canRun('kcat', ['-V']);

describe.runIf(hasKafka)('what lies in Kafka, to other tools', () => {
  let sandbox: Sandbox;
  let bootstrap: string;
  let id: string;

  beforeAll(async () => {
    sandbox = await raiseSandbox('--kafka');
    const status = await sandbox.as('alice', ['sandbox', 'status', '--json']);
    const { broker } = JSON.parse(status.stdout) as { broker: string };
    bootstrap = broker.replace('kafka://', '');
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', DOCUMENT]);
    expect(sent.code).toBe(0);
    id = sent.stdout.trim();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  function kcat(format: string): Buffer {
    const where = ['-b', bootstrap, '-t', 'msg.in.bob', '-o', 'beginning'];
    return execFileSync('kcat', ['-C', ...where, '-e', '-q', '-f', format]);
  }

  it.runIf(hasKcat)('is an ordinary record, keyed by the sender, with hints in its headers', () => {
    const printed = kcat('%k|%h').toString('utf8');
    expect(printed).toBe(`alice|msg-v=1,msg-id=${id},msg-from=alice,msg-kind=message`);
  });

  it.runIf(hasKcat)('is a CMS message, taken out by kcat, that openssl opens', async () => {
    const message = join(sandbox.files, 'message.cms');
    await writeFile(message, kcat('%s'));
    const entry = new KeyStore(join(sandbox.home, 'data', 'bob', 'keys')).current();
    const keys = entry?.directory ?? '';
    const files = {
      ...{ message, key: join(keys, 'key.pem'), certificate: join(keys, 'cert.pem') },
      anchor: join(sandbox.home, 'state', '.sandbox', 'ca.pem'),
      ...{ signed: join(sandbox.files, 'signed.cms'), payload: join(sandbox.files, 'payload') },
    };
    runOpenssl(opensslSteps(files));
    expect(await readFile(files.payload, 'utf8')).toBe(DOCUMENT);
  });
});

describe.runIf(hasKafka)('on a broker with access rules', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox('--secure');
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  it('an inbox that one may not write to ends with 4 and says who has to grant it', async () => {
    expect((await asAdmin(['inbox', 'revoke', 'alice'])).code).toBe(0);
    const refused = await sandbox.as('alice', ['send', 'bob', '--json', DOCUMENT]);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('msg.in.bob');
    expect(refused.stderr).toMatch(/msg: hint: \S/);
    expect((await sandbox.as('alice', ['outbox', 'list'])).stdout).toBe('');
    expect((await asAdmin(['inbox', 'grant', 'alice'])).code).toBe(0);
    expect((await sandbox.as('alice', ['send', 'bob', '--json', DOCUMENT])).code).toBe(0);
  });

  /** Runs a command about bob's inbox with the rights of the brokers' administrator. */
  function asAdmin(args: readonly string[]) {
    const password = join(sandbox.home, 'state', '.sandbox', 'passwords', 'admin');
    const login = ['--transport-username', 'admin', '--transport-password', `file:${password}`];
    return sandbox.as('bob', [...args, ...login]);
  }

  it('a wrong password ends with 4 and does not show it', async () => {
    const secret = join(sandbox.files, 'wrong');
    await writeFile(secret, 'not-the-password\n', { mode: 0o600 });
    const args = ['send', 'alice', '--json', DOCUMENT, '--transport-password', `file:${secret}`];
    const refused = await sandbox.as('bob', args);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/^msg: error: /);
    expect(refused.stderr).not.toContain('not-the-password');
  });
});

function canRun(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`skipping what needs ${command}\n`);
    return false;
  }
}
