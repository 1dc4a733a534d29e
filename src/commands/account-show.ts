import { requireSetting } from '../config/resolve.js';
import { redact } from '../domain/redact.js';
import type { Context } from '../runtime.js';
import { accountAddressOf } from '../session/account.js';
import { printAccount } from './account-create.js';

/** Shows the account that signs transactions, asking for nothing that a key store says itself. */
export async function run(_options: object, context: Context): Promise<void> {
  const session = await context.session();
  const { settings } = session;
  const account = requireSetting(settings, 'account');
  const address = await accountAddressOf(settings, (...args) => session.secret(...args));
  const { kind } = account;
  const where =
    account.kind === 'external'
      ? { url: redact(account.url) }
      : account.kind === 'keystore'
        ? { file: account.path }
        : {};
  await printAccount({ address, kind, ...where }, context);
}
