import { MsgError } from '../errors.js';
import { parseAddress } from '../registry/address.js';
import { isRole, ROLES, type DirectoryRole } from '../registry/roles.js';
import type { Context } from '../runtime.js';
import { changeDirectory, type ChangeOptions } from './directory-change.js';

/** What `msg registry grant` and `msg registry revoke-role` were asked for. */
export interface RoleOptions extends ChangeOptions {
  readonly role: string;
  readonly account: string;
}

/** Gives an account a role. */
export async function grant(options: RoleOptions, context: Context): Promise<void> {
  const role = parseRole(options.role);
  const account = parseAddress(options.account);
  const change = { done: `${account} is ${role} now`, dryRun: options.dryRun };
  await changeDirectory({ ...change, make: (writer) => writer.grantRole(role, account) }, context);
}

/** Takes a role from an account. */
export async function revokeRole(options: RoleOptions, context: Context): Promise<void> {
  const role = parseRole(options.role);
  const account = parseAddress(options.account);
  const change = { done: `${account} is no longer ${role}`, dryRun: options.dryRun };
  await changeDirectory({ ...change, make: (writer) => writer.revokeRole(role, account) }, context);
}

function parseRole(text: string): DirectoryRole {
  if (isRole(text)) return text;
  throw new MsgError('usage', `not a role: ${JSON.stringify(text.slice(0, 40))}`, {
    hint: `one of ${Object.keys(ROLES).join(', ')}`,
  });
}
