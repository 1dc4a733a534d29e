import { chmodSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Wallet } from 'ethers';
import { describe, expect, it } from 'vitest';
import { newHome, type Home } from '../support/run.js';

const KEY = '0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';
const ADDRESS = '0x2c7536E3605D9C16a7a3D7b1898e529396a65c23';
const SECRETS = { PASS: 'account secret', KEY };

function newAcme(): Home {
  return newHome({ ...SECRETS, MSG_ACCOUNT_PASSPHRASE: 'env:PASS' });
}

interface Account {
  readonly address: string;
  readonly kind: string;
  readonly file: string;
}

async function json(home: Home, ...args: string[]): Promise<Account> {
  return JSON.parse(await home.ok(['account', ...args, '--json'])) as Account;
}

describe('msg account create', () => {
  it('makes a key store that other tools open, and the profile names it', async () => {
    const home = newAcme();
    home.profile({ peer: 'acme' });
    const { address, kind, file } = await json(home, 'create');
    expect([kind, file]).toEqual(['keystore', join(home.path, 'data/prod/account.json')]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(home.settings()).toEqual({ peer: 'acme', account: `keystore:${file}` });
    const wallet = await Wallet.fromEncryptedJson(readFileSync(file, 'utf8'), SECRETS.PASS);
    expect(wallet.address).toBe(address);
  });

  it('never replaces a key store', async () => {
    const home = newAcme();
    const file = home.put('account.json', '{}');
    const { code, stderr } = await home.run(['account', 'create', '-o', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('never replaced')]);
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });

  it('leaves the account that a profile has', async () => {
    const home = newAcme();
    home.profile({ peer: 'acme', account: 'key:env:KEY' });
    const { stderr } = await home.run(['account', 'create']);
    expect(stderr).toContain('account stays key:env:KEY');
    expect(home.settings()).toEqual({ peer: 'acme', account: 'key:env:KEY' });
  });

  it('cannot ask for a passphrase without a terminal, and names the flag', async () => {
    const home = newHome();
    const { code, stderr } = await home.run(['account', 'create']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--account-passphrase and file:')]);
  });
});

describe('msg account import', () => {
  it('puts a raw key under a passphrase, and prints neither', async () => {
    const home = newAcme();
    const out = join(home.path, 'old.json');
    const args = ['account', 'import', '--private-key', 'env:KEY', '-o', out];
    const { code, stdout, stderr } = await home.run(args);
    expect([code, stdout]).toEqual([0, expect.stringContaining(ADDRESS)]);
    expect(stdout + stderr).not.toMatch(/4c0883a6|account secret/);
    const wallet = await Wallet.fromEncryptedJson(readFileSync(out, 'utf8'), SECRETS.PASS);
    expect(wallet.privateKey).toBe(KEY);
  });

  it('refuses what is no key, without repeating it', async () => {
    const home = newAcme();
    const args = ['account', 'import', '--private-key', 'env:PASS'];
    const { code, stderr } = await home.run(args);
    expect([code, stderr]).toEqual([4, expect.stringContaining('is not one')]);
    expect(stderr).not.toContain(SECRETS.PASS);
    const bare = await home.run(['account', 'import', '--private-key', KEY]);
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('--private-key')]);
    expect(bare.stderr).not.toContain('4c0883a6');
  });
});

describe('msg account show', () => {
  it('takes the address from the key store without its passphrase', async () => {
    const home = newHome();
    const file = home.put('a.json', JSON.stringify({ version: 3, address: ADDRESS.slice(2) }));
    const shown = JSON.parse(
      await home.ok(['--account', `keystore:${file}`, 'account', 'show', '--json']),
    ) as Account;
    expect(shown).toEqual({ address: ADDRESS, kind: 'keystore', file });
  });

  it('opens a key store that does not say whose it is', async () => {
    const home = newAcme();
    const file = join(home.path, 'old.json');
    await home.ok(['account', 'import', '--private-key', 'env:KEY', '-o', file]);
    const { address, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { address: string };
    const anonymous = home.put('anonymous.json', JSON.stringify(rest));
    expect(ADDRESS.toLowerCase()).toContain(address.toLowerCase());
    const show = ['--account', `keystore:${anonymous}`, 'account', 'show'];
    expect(await home.ok(show)).toContain(ADDRESS);
    const { code } = await home.run(['--account-passphrase', 'env:KEY', ...show]);
    expect(code).toBe(4);
  });

  it('knows the address of a raw key and of a remote signer', async () => {
    const home = newAcme();
    const key = await home.ok(['--account', 'key:env:KEY', 'account', 'show']);
    expect(key).toBe(`address: ${ADDRESS}\nkind: key\n`);
    const remote = `external:https://user:pass@signer.example#${ADDRESS}`;
    const shown = await home.ok(['--account', remote, 'account', 'show']);
    expect(shown).toContain(`address: ${ADDRESS}\nkind: external`);
    expect(shown).not.toContain('pass');
  });

  it('says what is missing: the setting, or the file', async () => {
    const home = newHome();
    expect((await home.run(['account', 'show'])).code).toBe(2);
    const { code } = await home.run(['--account', 'keystore:/nowhere', 'account', 'show']);
    expect(code).toBe(4);
  });
});

describe('msg account passphrase', () => {
  const NEW = { NEW: 'another secret' };
  const change = ['account', 'passphrase', '--new-passphrase', 'env:NEW'];

  async function withAccount(): Promise<{ home: Home; file: string; account: string[] }> {
    const home = newAcme();
    const file = join(home.path, 'a.json');
    await home.ok(['account', 'import', '--private-key', 'env:KEY', '-o', file]);
    return { home, file, account: ['--account', `keystore:${file}`] };
  }

  it('encrypts the same key under the new one, for its owner alone', async () => {
    const { home, file, account } = await withAccount();
    const { code, stdout, stderr } = await home.run([...account, ...change], { env: NEW });
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('the passphrase is changed');
    expect(stderr).toContain('account.passphrase is env:PASS');
    expect(stderr).not.toMatch(/secret|4c0883a6/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(home.path).filter((name) => name.includes('.tmp'))).toEqual([]);
    const wallet = await Wallet.fromEncryptedJson(readFileSync(file, 'utf8'), NEW.NEW);
    expect(wallet.privateKey).toBe(KEY);
  });

  it('changes nothing when the old one is wrong', async () => {
    const { home, file, account } = await withAccount();
    const before = readFileSync(file, 'utf8');
    const wrong = ['--account-passphrase', 'env:NEW', ...account, ...change];
    const { code } = await home.run(wrong, { env: NEW });
    expect([code, readFileSync(file, 'utf8')]).toEqual([4, before]);
  });

  it('is for key stores: a raw key has none', async () => {
    const { code, stderr } = await newAcme().run(['--account', 'key:env:KEY', ...change]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('msg account import')]);
  });

  it.each([0o640, 0o644])(
    'is not even asked for when others may read the file (%o)',
    async (mode) => {
      const { home, file, account } = await withAccount();
      chmodSync(file, mode);
      for (const command of [change, ['account', 'show']]) {
        const { code, stderr } = await home.run([...account, ...command], { env: NEW });
        expect([code, stderr]).toEqual([4, expect.stringContaining(`chmod 600 ${file}`)]);
      }
    },
  );
});
