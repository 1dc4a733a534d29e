import { formatDuration, parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { parseAddress } from '../registry/address.js';
import { isRole, ROLES } from '../registry/roles.js';
import type { DirectoryWriter } from '../registry/writer-port.js';
import type { Context } from '../runtime.js';
import { accountAddressOf } from '../session/account.js';
import { openReader } from '../session/directory.js';
import { changeDirectory, isConfirmed, type ChangeOptions } from './directory-change.js';

/** What the commands take that ask before they change something. */
export interface ConfirmedOptions extends ChangeOptions {
  readonly yes?: boolean | undefined;
}

/** Lets anyone take a free name, or registrars alone. */
export async function openRegistration(
  { state, dryRun }: ChangeOptions & { readonly state: string },
  context: Context,
): Promise<void> {
  if (state !== 'on' && state !== 'off') {
    throw new MsgError('usage', `neither on nor off: ${JSON.stringify(state.slice(0, 40))}`, {
      hint: 'on: anyone may take a free name; off: a registrar admits peers',
    });
  }
  const isOpen = state === 'on';
  const done = isOpen ? 'anyone may take a free name now' : 'only a registrar admits peers now';
  const make = (writer: DirectoryWriter) => writer.setOpenRegistration(isOpen);
  await changeDirectory({ dryRun, done, make }, context);
}

/** Offers the admin's part to another account, which takes it after the delay; `none` for nobody. */
export async function offerAdmin(
  options: ConfirmedOptions & { readonly account: string },
  context: Context,
): Promise<void> {
  const account = options.account === 'none' ? undefined : parseAddress(options.account);
  const { dryRun } = options;
  if (account === undefined) {
    const question = 'Leave the directory without an admin? Nobody can give out roles any more.';
    if (!(await isConfirmed(question, options, context))) return;
  }
  const done =
    account === undefined
      ? 'scheduled; after the delay: msg registry renounce-role admin'
      : `scheduled; after the delay ${account} completes it: msg registry accept-admin`;
  const make = (writer: DirectoryWriter) => writer.beginAdminTransfer(account);
  await changeDirectory({ dryRun, done, make }, context);
}

/** Takes the admin's part that is on offer to the own account, once the delay is over. */
export async function acceptAdmin({ dryRun }: ChangeOptions, context: Context): Promise<void> {
  const done = 'this account is the admin now';
  const make = (writer: DirectoryWriter) => writer.acceptAdminTransfer();
  await changeDirectory({ dryRun, done, make }, context);
}

/** Takes an offer of the admin's part back. */
export async function withdrawAdmin({ dryRun }: ChangeOptions, context: Context): Promise<void> {
  const done = "the admin's part is no longer on offer";
  const make = (writer: DirectoryWriter) => writer.cancelAdminTransfer();
  await changeDirectory({ dryRun, done, make }, context);
}

/** The longest that the contract's delays can be, in milliseconds. */
const LONGEST_DELAY = 365 * 24 * 3_600_000;

/** Schedules another delay between an offer of the admin's part and its acceptance. */
export async function adminDelay(
  { duration, dryRun }: ChangeOptions & { readonly duration: string },
  context: Context,
): Promise<void> {
  const delay = parseDuration(duration);
  if (delay < 1_000 || delay > LONGEST_DELAY || delay % 1_000 !== 0) {
    throw new MsgError('usage', `a delay of ${duration} is not possible`, {
      hint: 'choose whole seconds between 1s and 365d',
    });
  }
  const done = `scheduled: handing over the admin's part will take ${formatDuration(delay)}; see from when on with msg registry info`;
  const make = (writer: DirectoryWriter) => writer.changeAdminDelay(delay / 1_000);
  await changeDirectory({ dryRun, done, make }, context);
}

/** Gives up a role of the own account's. */
export async function renounceRole(
  options: ConfirmedOptions & { readonly role: string },
  context: Context,
): Promise<void> {
  const { role, dryRun } = options;
  if (role !== 'admin' && !isRole(role)) {
    throw new MsgError('usage', `not a role: ${JSON.stringify(role.slice(0, 40))}`, {
      hint: `one of admin, ${Object.keys(ROLES).join(', ')}`,
    });
  }
  const session = await context.session();
  const own = await accountAddressOf(session.settings, (...args) => session.secret(...args));
  const reader = openReader(session);
  const view = await reader.view();
  const isHeld =
    role === 'admin'
      ? (await reader.governance(view)).admin === own
      : await reader.hasRole(role, own, view);
  if (!isHeld) {
    throw new MsgError('not-authorised', `the account ${own} is not ${role}`, {
      hint: 'see what it is with "msg registry info"',
    });
  }
  const question = `Give up the role ${role}? Only the admin can give it back.`;
  if (!(await isConfirmed(question, options, context))) return;
  const make = (writer: DirectoryWriter) => writer.renounceRole(role);
  await changeDirectory({ dryRun, done: `${own} is no longer ${role}`, make }, context);
}
