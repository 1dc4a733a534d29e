import { randomBytes } from 'node:crypto';
import { Wallet } from 'ethers';
import { describe, expect, it } from 'vitest';
import { addressOfKeystore, createAccount, encryptKey } from '../../src/registry/account.js';
import { newDirectory, peer, ROLE } from './directory.js';

const KEY = '0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';

describe('an account', () => {
  it('is made with a key store that other tools open', async () => {
    const { address, keystore } = await createAccount(randomBytes, 'correct horse');
    expect(addressOfKeystore(keystore)).toBe(address);
    expect((await Wallet.fromEncryptedJson(keystore, 'correct horse')).address).toBe(address);
    expect(keystore).toMatch(/"n":131072/);
  });

  it('keeps a key that exists already', async () => {
    const { address, keystore } = await encryptKey(KEY, 'pass');
    expect(address).toBe('0x2c7536E3605D9C16a7a3D7b1898e529396a65c23');
    expect((await Wallet.fromEncryptedJson(keystore, 'pass')).privateKey).toBe(KEY);
  });

  it('signs transactions from its key store', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const privateKey = directory.chain.accounts[ROLE.owner]?.privateKey ?? '';
    const { keystore } = await encryptKey(privateKey, 'pass');
    const account = { kind: 'keystore', json: keystore, passphrase: 'pass' } as const;
    const writer = await directory.writer(ROLE.other, { account });
    expect(writer.from).toBe(directory.account(ROLE.owner));
    expect(await writer.register(peer('acme'))).toMatchObject({ kind: 'written' });
  });

  it('does not open with another passphrase', async () => {
    const directory = await newDirectory();
    const { keystore } = await encryptKey(KEY, 'pass');
    const account = { kind: 'keystore', json: keystore, passphrase: 'past' } as const;
    await expect(directory.writer(ROLE.other, { account })).rejects.toMatchObject({
      code: 'passphrase',
    });
  });

  it.each([
    ['a key store that is none', { kind: 'keystore', json: '{"version":3}', passphrase: 'x' }],
    ['a key that is none', { kind: 'key', privateKey: '0xsecret' }],
  ] as const)('is refused for %s, without repeating it', async (_, account) => {
    const directory = await newDirectory();
    const failure = directory.writer(ROLE.other, { account });
    await expect(failure).rejects.toMatchObject({ code: 'account' });
    await expect(failure).rejects.not.toThrow(/secret|version/);
  });
});
