import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MsgError } from '../errors.js';
import type { NewAccount } from '../registry/account.js';
import type { Context } from '../runtime.js';
import { outline } from './outline.js';
import { openOutput } from './output-file.js';
import { existingSecret, newPassphrase, secretFlag } from './passphrases.js';
import { setInProfile } from './profile-setting.js';

/** Where the key store of an account goes. */
export interface AccountCreateOptions {
  /** By default `account.json` among the profile's data. */
  readonly out?: string | undefined;
}

/** The key to import. */
export interface AccountImportOptions extends AccountCreateOptions {
  /** Where the raw private key is. */
  readonly privateKey?: string | undefined;
}

const PRIVATE_KEY = { what: "the account's private key", flag: '--private-key' };
const PASSPHRASE = {
  what: "a passphrase for the account's key store",
  flag: '--account-passphrase',
};

/** Makes an account: a key that signs transactions, in a V3 key store of its own. */
export async function create(options: AccountCreateOptions, context: Context): Promise<void> {
  const { createAccount } = await import('../registry/account.js');
  await store(options, context, (passphrase) => createAccount(context.random, passphrase));
}

/** Puts a raw private key that exists already into a key store. */
export async function importKey(options: AccountImportOptions, context: Context): Promise<void> {
  const { encryptKey } = await import('../registry/account.js');
  const reference = secretFlag(options.privateKey, PRIVATE_KEY.flag);
  const key = await existingSecret(reference, PRIVATE_KEY, context);
  await store(options, context, (passphrase) => encryptKey(key, passphrase));
}

async function store(
  { out }: AccountCreateOptions,
  context: Context,
  make: (passphrase: string) => Promise<NewAccount>,
): Promise<void> {
  const session = await context.session();
  const { directories, profile } = session.configuration;
  const file = resolve(out ?? join(directories.data, profile, 'account.json'));
  refuseExisting(file);
  const write = openOutput({ file }, context);
  const reference = session.settings['account.passphrase'].value;
  const { address, keystore } = await make(await newPassphrase(reference, PASSPHRASE, context));
  await write(`${keystore}\n`);
  await printAccount({ address, kind: 'keystore', file }, context);
  await adopt(file, context);
}

/** Nothing replaces a key store: it may hold the only key of an account that owns something. */
function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new MsgError('file-exists', `${file} exists already`, {
    hint: 'give another name with -o FILE; a key store is never replaced',
  });
}

async function adopt(file: string, context: Context): Promise<void> {
  const setting = (await context.session()).settings.account;
  const account = `keystore:${file}`;
  const { report } = context;
  if (setting.value !== undefined) {
    report.note(`account stays ${setting.shown ?? ''}; this one would be ${account}`);
  } else if (!(await setInProfile({ account }, context))) {
    report.note(`in the profile, set account to ${account}`);
  }
}

/** Prints an account: its address, its kind and where its key is. */
export async function printAccount(account: object, { io, json }: Context): Promise<void> {
  await io.stdout.write(`${json ? JSON.stringify(account) : outline(account)}\n`);
}
