import { loadArtifact } from '../registry/artifact.js';
import type { DirectoryView } from '../registry/directory-peer.js';
import { LOOK_NOW, type Address, type PeerRecord } from '../registry/port.js';
import type { DirectoryReader } from '../registry/reader.js';
import { ROLES, type AdminState, type DirectoryRole } from '../registry/roles.js';
import { requireSetting } from '../config/resolve.js';
import { parseAddress } from '../registry/address.js';
import type { Context } from '../runtime.js';
import { accountAddressOf } from '../session/account.js';
import { openReader } from '../session/directory.js';
import { formatDuration } from '../domain/duration.js';
import type { Session } from '../session/session.js';
import { outline } from './outline.js';
import { isoTime } from './peer-json.js';

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
  const governance = await reader.governance(view);
  const account = await describeAccount(session, { reader, view, peers, governance });
  return {
    address: parseAddress(requireSetting(session.settings, 'directory')),
    codeHash,
    ...describeView(view),
    ...describeGovernance(governance),
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

/** What is about to change stands there only then. */
function describeGovernance({ admin, next, delay, nextDelay }: AdminState) {
  return {
    admin: admin ?? null,
    adminDelay: formatDuration(delay * 1000),
    nextAdmin:
      next === undefined
        ? null
        : { account: next.account ?? 'nobody', readyAt: isoTime(next.readyAt) },
    nextAdminDelay:
      nextDelay === undefined
        ? null
        : {
            delay: formatDuration(nextDelay.seconds * 1000),
            readyAt: isoTime(nextDelay.readyAt),
          },
  };
}

async function describeAccount(
  session: Session,
  directory: {
    readonly reader: DirectoryReader;
    readonly view: DirectoryView;
    readonly peers: readonly PeerRecord[];
    readonly governance: AdminState;
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
  {
    reader,
    view,
    governance,
  }: {
    readonly reader: DirectoryReader;
    readonly view: DirectoryView;
    readonly governance: AdminState;
  },
): Promise<readonly string[]> {
  const isAdmin = governance.admin === address;
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
