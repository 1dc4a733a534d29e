import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { describeWithOpenssl } from '../support/openssl.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

describeWithOpenssl('receipts, years later,', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  const BOTH = ['--receipt', 'received', '--receipt=processed'];

  /** Alice sends a document; what bob says of it is with her when this resolves. */
  async function answered(document: string, ...listening: string[]): Promise<string> {
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', document, ...BOTH]);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect((await sandbox.as('bob', ['listen', '--until-empty', ...listening])).code).toBe(0);
    expect((await sandbox.as('alice', ['listen', '--until-empty'])).code).toBe(0);
    return sent.stdout.trim();
  }

  /** Exports the receipts of a message; gives the directory, and the commands of its README. */
  async function exported(id: string, ...options: string[]) {
    const out = join(sandbox.files, `receipts-${id}`);
    const written = await sandbox.as('alice', ['receipt', 'export', id, '--out', out, ...options]);
    expect(written.code).toBe(0);
    const readme = readFileSync(join(out, 'README.txt'), 'utf8');
    return { out, commands: readme.split('\n').filter((line) => line.startsWith('  openssl')) };
  }

  function run(command: string, directory: string): string {
    return execFileSync('sh', ['-c', `${command} 2>&1`], { cwd: directory, encoding: 'utf8' });
  }

  it('are verified from the ledger alone, with nothing else to be reached', async () => {
    const id = await answered('1');
    const away = ['--chain-url', 'http://127.0.0.1:9', '--transport', 'kafka://127.0.0.1:9'];
    const verified = await sandbox.as('alice', ['receipt', 'verify', id, '--json', ...away]);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(verified.stdout)).toMatchObject([
      { id, peer: 'bob', says: 'received', holds: true },
      { id, peer: 'bob', says: 'processed', holds: true },
    ]);
    expect(verified.stdout).toContain('not revoked by the list at hand when it came');
  });

  it('are told apart from what was changed in the ledger', async () => {
    const id = await answered('2');
    const ledger = new Database(join(sandbox.home, 'state', 'alice', 'ledger.db'));
    ledger.prepare("UPDATE receipts SET peer = 'carol' WHERE id = ? AND says = 'received'").run(id);
    ledger.close();
    const verified = await sandbox.as('alice', ['receipt', 'verify', id, '--json']);
    expect(verified.code).toBe(5);
    expect(jsonLines(verified.stdout)).toMatchObject([
      { peer: 'carol', holds: false },
      { peer: 'bob', holds: true },
    ]);
    expect(verified.stderr).toContain('does not hold');
  });

  it('are verified by OpenSSL with the commands beside them, with and without the payload', async () => {
    const id = await answered('{"order":17}');
    const { out, commands } = await exported(id);
    expect(commands).toHaveLength(3);
    for (const command of commands) expect(run(command, out)).toMatch(/[Vv]erification successful/);
    const payload = join(sandbox.files, 'order.json');
    writeFileSync(payload, '{"order":17}');
    const whole = await exported(id, '--payload', payload, '--force');
    expect(whole.commands.join()).not.toContain('-no_content_verify');
    for (const command of whole.commands) run(command, out);
  });

  it('are refused by OpenSSL once anything about them is another one', async () => {
    const [one, other] = [await exported(await answered('3')), await exported(await answered('4'))];
    const [ofMessage = '', ofReceipt = ''] = one.commands;
    const swapped = join(sandbox.files, 'swapped');
    mkdirSync(swapped);
    const put = (name: string, from: string): void => {
      writeFileSync(join(swapped, name), readFileSync(join(from, name)));
    };
    for (const name of ['original.crt', 'original.ca.crt', 'bob.received.cms']) put(name, one.out);
    for (const name of ['bob.received.crt', 'bob.received.ca.crt']) put(name, one.out);
    put('original.cms', other.out);
    run(ofMessage, swapped);
    expect(() => run(ofReceipt, swapped)).toThrow();
    put('original.cms', one.out);
    run(ofReceipt, swapped);
    writeFileSync(join(swapped, 'bob.received.crt'), readFileSync(join(one.out, 'original.crt')));
    expect(() => run(ofReceipt, swapped)).toThrow();
  });

  it('that are rejections are verified as what they are', async () => {
    const id = await answered('5', '--exec', 'exit 3');
    const { out, commands } = await exported(id);
    expect(run(commands.at(-1) ?? '', out)).toContain('"reason":"handler-failed"');
    const verified = await sandbox.as('alice', ['receipt', 'verify', id, '--json']);
    expect(verified.code).toBe(0);
    expect(jsonLines(verified.stdout)).toMatchObject([
      { says: 'received', holds: true },
      { says: 'rejected', holds: true },
    ]);
  });

  it('are never written over files that are there', async () => {
    const id = await answered('6');
    const { out } = await exported(id);
    const again = await sandbox.as('alice', ['receipt', 'export', id, '--out', out]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('--force');
  });

  it('that never came cannot be verified, and that is said', async () => {
    const sent = await sandbox.as('alice', ['send', 'bob', '--json', '7', '--receipt']);
    const verified = await sandbox.as('alice', ['receipt', 'verify', sent.stdout.trim()]);
    expect(verified).toMatchObject({ code: 2, stdout: '' });
  });
});
