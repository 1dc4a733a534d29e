import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';

const SECRETS = { OLD: 'old secret', NEW: 'new secret' };
const change = ['identity', 'passphrase', '--new-passphrase'];

function newAcme(): Home {
  return newHome({ MSG_PEER: 'acme', ...SECRETS });
}

/** Makes a certified key under the passphrase that a reference names, or none. */
async function addKey(home: Home, label: string, reference = 'none'): Promise<void> {
  const { certificatePem, keyPem } = await makePeer('acme');
  const args = ['--key-passphrase', reference, 'identity', 'import', '-', '--label', label];
  await home.ok(args, { stdin: certificatePem + keyPem });
}

function opens(home: Home, label: string, reference: string) {
  const args = ['identity', 'export', label, '--key', '--export-passphrase', 'env:NEW'];
  return home.run(['--key-passphrase', reference, ...args]).then(({ code }) => code === 0);
}

describe('msg identity show', () => {
  it('lists label, state, version, use, validity, names and fingerprint', async () => {
    const home = newAcme();
    await addKey(home, 'one');
    await home.ok(['identity', 'create', '--label', 'two', '--no-passphrase']);
    const [one, two] = (await home.ok(['identity', 'show'])).split('\n');
    expect(one).toMatch(
      /^one\tactive\t\tsigns, opens\t\d{4}-\d\d-\d\dT[\d:.]+Z\turi:msg:\/\/acme\t[0-9a-f]{64}$/,
    );
    expect(two?.split('\t')).toEqual(['two', 'pending', '', '', '', '', '']);
  });

  it('shows one key with its certificate', async () => {
    const home = newAcme();
    await addKey(home, 'one');
    const text = await home.ok(['identity', 'show', 'one']);
    expect(text).toContain('encrypted: false');
    expect(text).toContain('  subject: CN=acme,O=Test');
    const shown: unknown = JSON.parse(await home.ok(['identity', 'show', 'one', '--json']));
    expect(shown).toMatchObject({
      ...{ label: 'one', status: 'active', current: true, encrypted: false, chain: [] },
      certificate: { names: ['uri:msg://acme'], key: 'EC P-256' },
    });
  });

  it('says how to make a key where there is none, and knows no key by another name', async () => {
    const home = newAcme();
    const none = await home.run(['identity', 'show']);
    expect(none).toMatchObject({ code: 0, stdout: '' });
    expect(none.stderr).toContain('msg identity create');
    expect((await home.run(['identity', 'show', '../x'])).code).toBe(4);
  });
});

describe('the key that signs', () => {
  it('is chosen by use, and the former one can then be retired', async () => {
    const home = newAcme();
    await addKey(home, 'one');
    await addKey(home, 'two');
    const early = await home.run(['identity', 'retire', 'one']);
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('msg identity use')]);
    await home.ok(['identity', 'use', 'two']);
    await home.ok(['identity', 'retire', 'one']);
    const states = (await home.ok(['identity', 'show'])).split('\n').map((line) => {
      return line.split('\t').slice(0, 4);
    });
    expect(states.slice(0, 2)).toEqual([
      ['one', 'retired', '', 'opens'],
      ['two', 'active', '', 'signs, opens'],
    ]);
    expect((await home.run(['identity', 'use', 'one'])).code).toBe(4);
  });

  it('needs a certificate', async () => {
    const home = newAcme();
    await home.ok(['identity', 'create', '--label', 'one', '--no-passphrase']);
    const { code, stderr } = await home.run(['identity', 'use', 'one']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('msg identity import')]);
  });
});

describe('msg identity passphrase', () => {
  it('changes it for all keys, and says nothing of either', async () => {
    const home = newAcme();
    await addKey(home, 'one', 'env:OLD');
    await addKey(home, 'two', 'env:OLD');
    const { code, stdout, stderr } = await home.run([
      ...['--key-passphrase', 'env:OLD'],
      ...[...change, 'env:NEW'],
    ]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('one, two');
    expect(stderr).not.toContain('secret');
    for (const label of ['one', 'two']) {
      expect(await opens(home, label, 'env:NEW')).toBe(true);
      expect(await opens(home, label, 'env:OLD')).toBe(false);
    }
  });

  it('changes nothing when the old one is wrong', async () => {
    const home = newAcme();
    await addKey(home, 'one', 'env:OLD');
    const path = join(home.path, 'data/default/keys/one/key.pem');
    const before = readFileSync(path, 'utf8');
    const { code } = await home.run(['--key-passphrase', 'env:NEW', ...change, 'env:OLD']);
    expect([code, readFileSync(path, 'utf8')]).toEqual([4, before]);
  });

  it('completes a change that was cut short', async () => {
    const home = newAcme();
    await addKey(home, 'one', 'env:OLD');
    await addKey(home, 'two', 'env:OLD');
    await home.ok(['--key-passphrase', 'env:OLD', ...change, 'env:NEW', 'one']);
    const keys = ['--key-passphrase', 'env:OLD', ...change, 'env:NEW'];
    await home.ok(keys);
    expect(await opens(home, 'two', 'env:NEW')).toBe(true);
  });

  it('changes nothing when a key opens with neither passphrase', async () => {
    const home = newAcme();
    await addKey(home, 'one', 'env:OLD');
    const path = (label: string) => join(home.path, `data/default/keys/${label}/key.pem`);
    await addKey(home, 'two');
    await home.ok(['--key-passphrase', 'none', ...change, 'env:THIRD', 'two'], {
      env: { THIRD: 'third secret' },
    });
    const before = readFileSync(path('one'), 'utf8');
    const { code } = await home.run(['--key-passphrase', 'env:OLD', ...change, 'env:NEW']);
    expect([code, readFileSync(path('one'), 'utf8')]).toEqual([4, before]);
  });

  it('can be taken away and given back, and the profile follows', async () => {
    const home = newAcme();
    home.profile({ peer: 'acme', 'key.passphrase': 'env:OLD' });
    await addKey(home, 'one', 'env:OLD');
    await home.ok([...change, 'none']);
    expect(home.settings()).toEqual({ peer: 'acme', 'key.passphrase': 'none' });
    expect(await opens(home, 'one', 'none')).toBe(true);
    await home.ok([...change, 'env:NEW']);
    expect(home.settings()).toEqual({ peer: 'acme', 'key.passphrase': 'env:NEW' });
    expect(await opens(home, 'one', 'none')).toBe(false);
  });

  it('leaves a reference of the profile alone and says that it has to give the new one', async () => {
    const home = newAcme();
    home.profile({ peer: 'acme', 'key.passphrase': 'env:OLD' });
    await addKey(home, 'one', 'env:OLD');
    const { stderr } = await home.run([...change, 'env:NEW']);
    expect(stderr).toContain('key.passphrase is env:OLD (profile prod)');
    expect(home.settings()).toEqual({ peer: 'acme', 'key.passphrase': 'env:OLD' });
  });

  it('cannot be asked for without a terminal: the flag is named', async () => {
    const home = newAcme();
    await addKey(home, 'one');
    const { code, stderr } = await home.run(['identity', 'passphrase']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--new-passphrase and file:PATH')]);
    expect(stderr).toContain('standard input is not a terminal');
  });

  it('has keys to change', async () => {
    expect((await newAcme().run([...change, 'env:NEW'])).code).toBe(4);
  });
});
