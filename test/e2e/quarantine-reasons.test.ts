import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { publishRaw } from '../support/sandbox-parts.js';

describe('a reason that finds nothing', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
    await publishRaw(sandbox.home, 'bob', [Buffer.from('garbage')]);
    expect((await sandbox.as('bob', ['listen', '--until-empty'])).code).toBe(0);
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  /** What `msg quarantine` says of a reason, without a record that it would be about. */
  async function said(args: readonly string[], reason: string): Promise<string> {
    const ended = await sandbox.as('bob', ['quarantine', ...args, '--reason', reason]);
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    return ended.stderr;
  }

  const commands = [[['list']], [['retry']], [['drop', '--yes']]];

  it.each(commands)('gets a hint where it is mistyped: msg quarantine %j', async (args) => {
    expect(await said(args, 'malfromed')).toBe(
      [
        'msg: no record matches',
        'msg: warning: "malfromed" is no reason that msg gives, and nothing was ever refused for it',
        'msg: hint: did you mean malformed\n',
      ].join('\n'),
    );
  });

  it('gets one where no chunk is refused for it either', async () => {
    expect(await said(['list'], 'chunk-malfromed')).toContain('did you mean chunk-malformed');
  });

  it('gets the list where it is like none', async () => {
    expect(await said(['list'], 'x')).toContain(
      'msg: hint: see the reasons with "msg quarantine list --resolved"\n',
    );
  });

  it.each(['expired', 'disk-full', 'chunk-malformed'])(
    'gets none where msg gives it: %s',
    async (reason) => {
      expect(await said(['list'], reason)).toBe('msg: no record matches\n');
    },
  );

  it('gets none where another version has given it', async () => {
    const ledger = new Database(join(sandbox.home, 'state', 'bob', 'ledger.db'));
    ledger.prepare("UPDATE quarantine SET reason = 'malfromed', resolution = 'dropped'").run();
    ledger.close();
    expect(await said(['list'], 'malfromed')).toBe('msg: no record matches\n');
  });
});
