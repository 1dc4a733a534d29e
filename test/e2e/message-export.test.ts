import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from '../support/msg.js';
import { opensslOk } from '../support/openssl.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

let sandbox: Sandbox;
let id: string;
let directory: string;
let paths: Readonly<Record<string, string>>;

beforeAll(async () => {
  sandbox = await raiseSandbox();
  const sent = await sandbox.as('alice', ['send', 'bob', '--json', '{"order": 7}']);
  id = sent.stdout.trim();
  await sandbox.as('bob', ['listen', '--until-empty']);
  directory = join(sandbox.files, 'exported');
  const { code, stdout } = await exported('bob', id, '--json');
  expect(code).toBe(0);
  paths = JSON.parse(stdout) as Record<string, string>;
});
afterAll(async () => {
  await sandbox.remove();
});

function exported(profile: string, ...args: string[]): Promise<Ended> {
  return sandbox.as(profile, ['message', 'export', ...args, '--out', directory]);
}

function read(part: string): string {
  return readFileSync(paths[part] ?? '', 'utf8');
}

async function anchors(): Promise<string> {
  const { stdout } = await sandbox.as('bob', ['profile', 'show', '--json']);
  return /"([^"]+ca[^"]*\.pem)"/.exec(stdout)?.[1] ?? '';
}

describe('msg message export', () => {
  it('writes the payload, the header and what is known, beside the record as it came', () => {
    expect(readdirSync(directory).sort()).toEqual(
      ['certificates.pem', 'cms', 'header.json', 'json', 'payload', 'signed.cms'].map(
        (suffix) => `${id}.${suffix}`,
      ),
    );
    expect(read('payload')).toBe('{"order": 7}');
    expect(JSON.parse(read('header'))).toMatchObject({ id, from: 'alice' });
    expect(JSON.parse(read('about'))).toMatchObject({ direction: 'in', id, state: 'done' });
    const shown = execFileSync(
      process.execPath,
      ['bin/msg.js', '-p', 'bob', 'message', 'show', id, '--sealed'],
      { env: { ...process.env, MSG_HOME: sandbox.home } },
    );
    expect(readFileSync(paths['record'] ?? '').equals(shown)).toBe(true);
  });

  it('lets OpenSSL verify what the sender signed, without any key', async () => {
    const signed = ['-in', paths['signed'] ?? '', '-inform', 'DER'];
    const verify = ['cms', '-verify', '-cades', '-binary', ...signed, '-CAfile', await anchors()];
    expect(opensslOk(verify)).toBe('{"order": 7}');
    const subject = ['x509', '-in', paths['certificates'] ?? '', '-noout', '-subject'];
    expect(opensslOk(subject)).toContain('alice');
  });

  it('overwrites nothing, unless it is told to', async () => {
    writeFileSync(paths['payload'] ?? '', 'mine');
    const refused = await exported('bob', id);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('exists already');
    expect(read('payload')).toBe('mine');
    expect(await exported('bob', id, '--force')).toMatchObject({ code: 0 });
    expect(read('payload')).toBe('{"order": 7}');
  });

  it('writes of a sent message what its sender can still know', async () => {
    const { code, stdout } = await exported('alice', id, '--json', '--force');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['record', 'header', 'about']);
  });

  it('says where no directory can be made', async () => {
    const place = join(sandbox.files, 'no-directory');
    writeFileSync(place, '');
    const args = ['message', 'export', id, '--out', join(place, 'below')];
    const { code, stderr } = await sandbox.as('bob', args);
    expect([code, stderr]).toEqual([2, expect.stringContaining('cannot create the directory')]);
  });

  it('says what is wrong with an id', async () => {
    const unknown = await exported('bob', '01890a5d-ac96-774b-bcce-b302099a8057');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('the ledger has no message');
    const another = await exported('bob', id, '--from', 'carol');
    expect(another.stderr).toContain(`the ledger has no message ${id} from carol`);
  });
});
