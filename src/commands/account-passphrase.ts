import { describeOrigin, requireSetting } from '../config/resolve.js';
import { MsgError } from '../errors.js';
import { writeWhole } from '../identity/private-file.js';
import type { Context } from '../runtime.js';
import { readKeystore } from '../session/account.js';
import { existingSecret, newPassphrase, secretFlag } from './passphrases.js';

/** What `msg account passphrase` was asked for. */
export interface AccountPassphraseOptions {
  /** Where the new passphrase is; asked for where absent. */
  readonly newPassphrase?: string | undefined;
}

const OLD = { what: "the passphrase of the account's key store", flag: '--account-passphrase' };
const NEW = { what: "the new passphrase of the account's key store", flag: '--new-passphrase' };

/** Encrypts the account's key store anew; a run that is cut short leaves it as it was. */
export async function run(options: AccountPassphraseOptions, context: Context): Promise<void> {
  const reference = secretFlag(options.newPassphrase, NEW.flag);
  const { settings } = await context.session();
  const account = requireSetting(settings, 'account');
  if (account.kind !== 'keystore') {
    throw new MsgError(
      'usage',
      `the account is no key store of msg's: it is of kind ${account.kind}`,
      {
        hint: 'a raw key gets into a key store with "msg account import"',
      },
    );
  }
  const { reencryptKeystore } = await import('../registry/account.js');
  const json = readKeystore(account.path);
  const setting = settings['account.passphrase'];
  const passphrase = await existingSecret(setting.value, OLD, context);
  const changed = await reencryptKeystore({ json, passphrase }, () =>
    newPassphrase(reference, NEW, context),
  );
  writeWhole(account.path, `${changed.keystore}\n`, { force: true });
  context.report.note(`${account.path}: the passphrase is changed`);
  if (setting.value.kind === 'prompt') return;
  context.report.warn(
    `account.passphrase is ${setting.shown ?? ''} (${describeOrigin(setting.origin)})`,
    'see that it gives the new passphrase from now on',
  );
}
