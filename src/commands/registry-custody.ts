import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { parseAddress } from '../registry/address.js';
import { LOOK_NOW, type Address, type PeerRecord } from '../registry/port.js';
import type { DirectoryWriter, WriteOutcome } from '../registry/writer-port.js';
import type { Context } from '../runtime.js';
import { changeDirectory, isConfirmed, type ChangeOptions } from './directory-change.js';
import { ownAccount } from './own-record.js';

/** What the commands take that change who holds a peer. */
export interface CustodyOptions extends ChangeOptions {
  readonly name: string;
  readonly yes?: boolean | undefined;
}

/** An account for a part in a peer; `none` where it takes none. */
export interface AppointmentOptions extends CustodyOptions {
  readonly account: string;
}

/** Names the account that may publish for a peer. */
export async function operator(options: AppointmentOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const account = parseAccount(options.account);
  const done = `${account ?? 'nobody'} is operator of ${name} now`;
  const make = (writer: DirectoryWriter) => writer.setOperator(name, account);
  await changeDirectory({ dryRun: options.dryRun, done, make }, context);
}

/**
 * Names another guardian. The present one's consent is needed, or a delay: the same command,
 * given again by the guardian or after the delay, completes what the owner began.
 */
export async function guardian(options: AppointmentOptions, context: Context): Promise<void> {
  const account = parseAccount(options.account);
  const { record, own } = await look(options, context);
  const { name, pending } = record;
  const isCompletion = pending.guardian !== undefined && pending.guardian.account === account;
  const isFree = record.guardian === undefined || record.guardian === own;
  const make = (writer: DirectoryWriter): Promise<WriteOutcome> =>
    isCompletion ? writer.confirmGuardian(name, account) : writer.changeGuardian(name, account);
  const holder = account ?? 'nobody';
  const done =
    isCompletion || isFree
      ? `${holder} is guardian of ${name} now`
      : 'scheduled: the guardian completes it with the same command, or the owner after the delay';
  await changeDirectory({ dryRun: options.dryRun, done, make }, context);
}

/** Offers a peer to another account, which has to accept it. */
export async function offer(options: AppointmentOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const account = parseAccount(options.account);
  const done =
    account === undefined
      ? `${name} is no longer on offer`
      : `${account} can take ${name} over: msg registry accept ${name}`;
  const make = (writer: DirectoryWriter) => writer.offerOwnership(name, account);
  await changeDirectory({ dryRun: options.dryRun, done, make }, context);
}

/** Takes over a peer that is on offer to one's own account, or recovered for it. */
export async function accept(options: CustodyOptions, context: Context): Promise<void> {
  const { record, own } = await look(options, context);
  const { name, pending } = record;
  const isRecovery = pending.offeredOwner !== own && pending.recovery?.account === own;
  if (pending.offeredOwner !== own && !isRecovery) {
    throw new MsgError('not-authorised', `${name} is not on offer to the account ${own}`, {
      hint: `see what is pending with "msg peer show ${name} --refresh"`,
    });
  }
  const make = (writer: DirectoryWriter): Promise<WriteOutcome> =>
    isRecovery ? writer.acceptRecovery(name) : writer.acceptOwnership(name);
  const done = `${own} owns ${name} now; publish its certificate next: msg register`;
  await changeDirectory({ dryRun: options.dryRun, done, make }, context);
}

/** Gives a peer another owner: the guardian at once, a registrar after the delay. */
export async function recover(
  options: CustodyOptions & { readonly owner: string },
  context: Context,
): Promise<void> {
  const owner = parseAddress(options.owner);
  const { record, own } = await look(options, context);
  const { name } = record;
  const isGuardian = record.guardian === own;
  const how = isGuardian ? 'at once' : 'after the delay, unless its owner or guardian objects';
  const question = `Give ${name} to ${owner}, ${how}? Its present owner ${record.owner} loses it.`;
  if (!(await isConfirmed(question, options, context))) return;
  const make = (writer: DirectoryWriter): Promise<WriteOutcome> =>
    isGuardian ? writer.recover(name, owner) : writer.scheduleRecovery(name, owner);
  const done = isGuardian
    ? `${owner} owns ${name} now`
    : `scheduled; after the delay ${owner} completes it: msg registry accept ${name}`;
  await changeDirectory({ dryRun: options.dryRun, done, make }, context);
}

/** Stops what is scheduled: a recovery, else a change of guardian. */
export async function object(options: CustodyOptions, context: Context): Promise<void> {
  const { record } = await look(options, context);
  const { name, pending } = record;
  if (pending.recovery === undefined && pending.guardian === undefined) {
    context.report.note(`nothing is scheduled for ${name}`);
    return;
  }
  const isRecovery = pending.recovery !== undefined;
  const make = (writer: DirectoryWriter): Promise<WriteOutcome> =>
    isRecovery ? writer.cancelRecovery(name) : writer.cancelGuardianChange(name);
  const done = `stopped the ${isRecovery ? 'recovery' : 'change of guardian'} of ${name}`;
  await changeDirectory({ dryRun: options.dryRun, done, make }, context);
}

async function look(
  options: CustodyOptions,
  context: Context,
): Promise<{ readonly record: PeerRecord; readonly own: Address }> {
  const name = parsePeerName(options.name);
  const session = await context.session();
  const record = await session.book().find(name, LOOK_NOW);
  if (record === undefined) throw unknownPeer(name);
  return { record, own: await ownAccount(session) };
}

function unknownPeer(name: PeerName): MsgError {
  return new MsgError('peer-unknown', `the directory has no peer ${name}`, {
    hint: 'list the peers with "msg peer list"',
  });
}

function parseAccount(text: string): Address | undefined {
  return text === 'none' ? undefined : parseAddress(text);
}
