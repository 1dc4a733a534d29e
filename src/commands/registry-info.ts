import { loadArtifact } from '../registry/artifact.js';
import type { DirectoryView } from '../registry/directory-peer.js';
import { LOOK_NOW, type Address, type PeerRecord } from '../registry/port.js';
import type { DirectoryReader } from '../registry/reader.js';
import { ROLES, type DirectoryRole } from '../registry/roles.js';
import { requireSetting } from '../config/resolve.js';
import { parseAddress } from '../registry/address.js';
import type { Context } from '../runtime.js';
import { accountAddressOf } from '../session/account.js';
import { openReader } from '../session/directory.js';
import { formatDuration } from '../domain/duration.js';
import type { Session } from '../session/session.js';
import { outline } from './outline.js';

/**
 * Shows the directory as the chain has it now, once it has been made sure that the contract is the
 * one this release knows.
 */
export async function run(_options: object, context: Context): Promise<void> {
  const described = await describe(await context.session());
  const { stdout } = context.io;
  await stdout.write(`${context.json ? JSON.stringify(described) : text(described)}\n`);
}

async function describe(session: Session) {
  const reader = openReader(session);
  const { codeHash } = await loadArtifact();
  await reader.check(codeHash);
  const view = await reader.view();
  const peers = await session.book().list(LOOK_NOW);
  const account = await describeAccount(session, { reader, view, peers });
  const admin = await reader.admin(view);
  return {
    address: parseAddress(requireSetting(session.settings, 'directory')),
    codeHash,
    ...describeView(view),
    admin: admin ?? null,
    account: account ?? null,
  };
}

function describeView({ state, block }: DirectoryView) {
  const { chainId, seq, head, peers, frozen, successor, openRegistration, recoveryDelay } = state;
  return {
    ...{ chainId: Number(chainId), seq: Number(seq), head, peers },
    block: {
      ...{ number: Number(block.number), hash: block.hash },
      time: new Date(block.time).toISOString(),
    },
    ...{ frozen, successor: successor ?? null, openRegistration },
    recoveryDelay: formatDuration(recoveryDelay * 1000),
  };
}

async function describeAccount(
  session: Session,
  directory: {
    readonly reader: DirectoryReader;
    readonly view: DirectoryView;
    readonly peers: readonly PeerRecord[];
  },
) {
  const { settings } = session;
  if (settings.account.value === undefined) return undefined;
  const address = await accountAddressOf(settings, (...args) => session.secret(...args));
  const roles = await rolesOf(address, directory);
  return { address, roles, peers: partsOf(address, directory.peers) };
}

async function rolesOf(
  address: Address,
  { reader, view }: { readonly reader: DirectoryReader; readonly view: DirectoryView },
): Promise<readonly string[]> {
  const isAdmin = (await reader.admin(view)) === address;
  const roles = Object.keys(ROLES) as DirectoryRole[];
  const held = await Promise.all(roles.map((role) => reader.hasRole(role, address, view)));
  return [...(isAdmin ? ['admin'] : []), ...roles.filter((_, index) => held[index])];
}

/** Which part the account has in which peers, such as `owner of carol`. */
function partsOf(address: Address, peers: readonly PeerRecord[]): readonly string[] {
  return peers.flatMap((peer) =>
    (['owner', 'operator', 'guardian'] as const)
      .filter((part) => peer[part] === address)
      .map((part) => `${part} of ${peer.name}`),
  );
}

/** For people: what is null is left out, and having no role is said. */
function text(described: Awaited<ReturnType<typeof describe>>): string {
  const account = described.account;
  const roles = account?.roles.length === 0 ? ['none'] : account?.roles;
  const shown = { ...described, account: account === null ? null : { ...account, roles } };
  return outline(Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null)));
}
