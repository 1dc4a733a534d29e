import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { LOOK_NOW, type Address, type PeerRecord } from '../registry/port.js';
import type { DirectoryWriter, WriteOutcome } from '../registry/writer-port.js';
import { accountAddressOf } from '../session/account.js';
import { openReader } from '../session/directory.js';
import type { Session } from '../session/session.js';

/** One's own record, and the transaction that took the name, where it was free to be taken. */
export interface OwnRecord {
  /** Undefined when a dry run would have to take the name first. */
  readonly record: PeerRecord | undefined;
  readonly taken: WriteOutcome | undefined;
}

/** What finding one's own record depends on. */
export interface OwnRecordOptions {
  readonly session: Session;
  /** Opens what signs transactions; asks for a passphrase at the first call. */
  readonly writer: () => Promise<DirectoryWriter>;
  /** The cold account for a name that is taken now. */
  readonly guardian: Address | undefined;
}

/** The account that signs this profile's transactions. */
export function ownAccount(session: Session): Promise<Address> {
  return accountAddressOf(session.settings, (...args) => session.secret(...args));
}

/**
 * Finds one's own record on the chain. Where registration is open, a free name is taken.
 *
 * @throws MsgError `peer-unknown` when a registrar has to admit the name, saying for which account.
 */
export async function findOrTake(options: OwnRecordOptions): Promise<OwnRecord> {
  const { session, guardian } = options;
  const name = session.self;
  const record = await session.book().find(name, LOOK_NOW);
  if (record !== undefined) {
    requireGuardian(record, guardian);
    return { record, taken: undefined };
  }
  if (!(await isOpen(session))) throw notAdmitted(name, await ownAccount(session));
  const taken = await (await options.writer()).register(name, guardian);
  return { record: await session.book().find(name, LOOK_NOW), taken };
}

/**
 * Finds one's own record on the chain.
 *
 * @throws MsgError `peer-unknown`
 */
export async function requireRecord(session: Session): Promise<PeerRecord> {
  const record = await session.book().find(session.self, LOOK_NOW);
  if (record !== undefined) return record;
  throw notAdmitted(session.self, await ownAccount(session));
}

async function isOpen(session: Session): Promise<boolean> {
  const { state } = await openReader(session).view();
  return state.openRegistration && !state.frozen;
}

function requireGuardian({ name, guardian }: PeerRecord, wanted: Address | undefined): void {
  if (wanted === undefined || wanted === guardian) return;
  throw new MsgError('usage', `${name} is in the directory already, with another guardian`, {
    hint: '--guardian is for a name that is taken now',
  });
}

function notAdmitted(name: PeerName, account: Address): MsgError {
  return new MsgError('peer-unknown', `the directory has no peer ${name}`, {
    hint: `ask the registrar: msg registry admit ${name} --owner ${account}`,
  });
}
