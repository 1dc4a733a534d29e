import { parseJson } from '../config/json-text.js';
import { requireSetting, type Settings } from '../config/resolve.js';
import type { Secret, SecretReference } from '../config/secret.js';
import { MsgError } from '../errors.js';
import { readPrivate } from '../identity/private-file.js';
import { parseAddress } from '../registry/address.js';
import type { Address } from '../registry/port.js';
import type { AccountSource } from '../registry/writer-port.js';

/**
 * The account that signs transactions, as the settings name it.
 *
 * @throws MsgError `config` when none is set, `account` when its key store cannot be read, or others
 *   can read it.
 */
export async function accountOf(
  settings: Settings,
  secret: (reference: SecretReference, what: string, flag: string) => Promise<Secret>,
): Promise<AccountSource> {
  const account = requireSetting(settings, 'account');
  switch (account.kind) {
    case 'external': {
      const address = parseAddress(account.address);
      return { kind: 'external', address, rpc: { urls: [account.url] } };
    }
    case 'key': {
      const key = await secret(account.secret, "the account's private key", '--account');
      return { kind: 'key', privateKey: key.reveal() };
    }
    case 'keystore': {
      const json = readKeystore(account.path);
      const reference = settings['account.passphrase'].value;
      const what = "the passphrase of the account's key store";
      const passphrase = await secret(reference, what, '--account-passphrase');
      return { kind: 'keystore', json, passphrase: passphrase.reveal() };
    }
  }
}

/**
 * The address of the account that signs transactions, found with as little as it takes: a key store
 * is opened only when it does not say whose it is.
 *
 * @throws MsgError as {@link accountOf} does.
 */
export async function accountAddressOf(
  settings: Settings,
  secret: (reference: SecretReference, what: string, flag: string) => Promise<Secret>,
): Promise<Address> {
  const account = requireSetting(settings, 'account');
  if (account.kind === 'external') return parseAddress(account.address);
  const { addressOfAccount, addressOfKeystore } = await import('../registry/account.js');
  if (account.kind === 'keystore') {
    const json = readKeystore(account.path);
    if (!isAnonymous(json)) return addressOfKeystore(json);
  }
  return addressOfAccount(await accountOf(settings, secret));
}

/** The address is an optional part of a V3 key store. */
function isAnonymous(json: string): boolean {
  const outcome = parseJson(json);
  const store = outcome.ok ? outcome.value : undefined;
  if (typeof store !== 'object' || store === null) return false;
  return ('crypto' in store || 'Crypto' in store) && !('address' in store);
}

/**
 * The key store in a file that only its owner reads.
 *
 * @throws MsgError `account`
 */
export function readKeystore(path: string): string {
  try {
    return readPrivate(path).toString('utf8');
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    throw new MsgError('account', `cannot read the key store: ${error.message}`, {
      hint:
        error.code === 'key-missing'
          ? 'check the setting "account", or make an account with "msg account create"'
          : (error.hint ?? 'check the file that the setting "account" names'),
      cause: error,
    });
  }
}
