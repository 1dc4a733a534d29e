import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureDirectory, profileDirectoriesOf } from '../config/directories.js';
import { parseProfileName, type ProfileName } from '../config/profile-name.js';
import { readProfileFile, type ProfileFields } from '../config/profile-file.js';
import { openProfileStore } from '../config/profile-store.js';
import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { createRequest } from '../identity/request.js';
import { generateKey } from '../identity/software-key.js';
import { KeyStore } from '../identity/store.js';
import { writeWhole } from '../identity/private-file.js';
import { defaultInbox, inboxGroup } from '../messaging/deps.js';
import { openDirectoryWriter } from '../registry/ethers.js';
import { parseAddress } from '../registry/address.js';
import { LOOK_NOW, type PeerRecord } from '../registry/port.js';
import { publishCertificate } from '../session/registration.js';
import {
  accountOf,
  SANDBOX_PEERS,
  trustFilesIn,
  writerFor,
  type NetworkOptions,
  type NetworkParts,
  type SandboxPeer,
} from './network-parts.js';

const RETENTION = 14 * 86_400_000;

/** Enrols a peer as an operator would: key, certificate, admission, proof of possession. */
export async function enrolPeer(peer: SandboxPeer, parts: NetworkParts): Promise<void> {
  const name = parsePeerName(peer.name);
  const { directories } = parts.options;
  const store = new KeyStore(profileDirectoriesOf(directories, parseProfileName(name)).keys);
  await enrol(peer, store, parts);
  await admit(peer, name, parts);
  await register(peer, { name, store }, parts);
}

/** Gives a peer its inbox and its profile. */
export async function equipPeer(peer: SandboxPeer, parts: NetworkParts): Promise<void> {
  await openInbox(parsePeerName(peer.name), parts);
  writeProfile(peer, parts);
}

async function enrol(peer: SandboxPeer, store: KeyStore, { options, authority }: NetworkParts) {
  const { random } = options;
  const key = generateKey(peer.keyType);
  const subject = `CN=${peer.name},O=Sandbox`;
  const request = await createRequest({ peer: parsePeerName(peer.name), subject }, key);
  const { label } = await store.add({ key, request, random });
  store.attach(label, await authority.issueFor(request), authority.chain);
  store.setCurrent(label);
}

async function admit(peer: SandboxPeer, name: PeerName, parts: NetworkParts): Promise<void> {
  const registrar = await openDirectoryWriter({ ...parts.registrar, address: parts.contract });
  const owner = parseAddress(accountOf(parts.chain, peer.account).address);
  await registrar.admit({ name, owner });
}

async function register(
  peer: SandboxPeer,
  { name, store }: { readonly name: PeerName; readonly store: KeyStore },
  parts: NetworkParts,
): Promise<void> {
  const account = writerFor(parts.options, parts.chain, peer.account);
  const writer = await openDirectoryWriter({ ...account, address: parts.contract });
  const own = await store.loadCurrent(() => Promise.resolve(undefined));
  const record = await recordOf(name, parts);
  const { chain, contract: directory } = parts;
  const issuers = store.current()?.chain ?? [];
  const registration = { own, chain: issuers, record, chainId: chain.chainId, directory };
  await publishCertificate(registration, writer);
}

async function recordOf(name: PeerName, { book }: NetworkParts): Promise<PeerRecord> {
  const record = await book.find(name, LOOK_NOW);
  if (record === undefined) throw new MsgError('bug', `${name} was admitted and is not there`);
  return record;
}

async function openInbox(name: PeerName, { carrier }: NetworkParts): Promise<void> {
  const { administration, isSecure } = carrier;
  const topic = defaultInbox(name);
  await administration.ensureTopic({ topic, partitions: 1, retention: RETENTION });
  if (!isSecure) return;
  const group = inboxGroup(name);
  await administration.grant([
    { topic, group, principal: `User:${name}`, role: 'owner' },
    ...SANDBOX_PEERS.map((sender) => ({
      ...{ topic, principal: `User:${sender.name}`, role: 'sender' as const },
    })),
  ]);
}

function writeProfile(peer: SandboxPeer, parts: NetworkParts): void {
  const { options, chain, carrier, contract } = parts;
  const trust = trustFilesIn(options.directory);
  const account = join(ensureDirectory(join(options.directory, 'accounts')), peer.name);
  writeWhole(account, `${accountOf(chain, peer.account).privateKey}\n`, { force: true });
  // In one step: a network may be raised again while programs of its peers run.
  openProfiles(options).replace(peer.name, {
    peer: peer.name,
    ...carrier.profileOf(peer.name),
    'chain.url': chain.url,
    'chain.id': String(chain.chainId),
    directory: contract,
    account: `key:file:${account}`,
    'key.passphrase': 'none',
    'trust.anchors': trust.anchor,
    'trust.crls': trust.list,
  });
}

/**
 * Makes sure, before anything is made, that nobody else's profile has, or had, the name of a sandbox's
 * peer: its keys and ledger would get mixed up with the sandbox's, and go with them.
 *
 * @throws MsgError `config`
 */
export function refuseForeignProfiles(
  options: Pick<NetworkOptions, 'directory' | 'directories'>,
): void {
  const file = readProfileFile(options.directories);
  for (const { name } of SANDBOX_PEERS) {
    const profile = parseProfileName(name);
    const fields = file.profiles.get(profile);
    if (fields === undefined) refuseForeignRest(profile, options);
    if (fields === undefined || isSandboxProfile(fields, options.directory)) continue;
    throw new MsgError(
      'config',
      `there is a profile ${name} already, and it is not the sandbox's`,
      { hint: 'set MSG_HOME to another directory for the sandbox, or remove that profile' },
    );
  }
}

/** A profile that was removed leaves its keys and ledger; so does a network that was never finished. */
function refuseForeignRest(
  profile: ProfileName,
  { directory, directories }: Pick<NetworkOptions, 'directory' | 'directories'>,
): void {
  if (existsSync(directory)) return;
  const { keys, state } = profileDirectoriesOf(directories, profile);
  // An empty one may be a disk that was mounted for it.
  const rest = [keys, state].find((path) => existsSync(path) && readdirSync(path).length > 0);
  if (rest === undefined) return;
  throw new MsgError('config', `there is ${rest} of a former profile ${profile} already`, {
    hint: 'set MSG_HOME to another directory for the sandbox, or move that one away',
  });
}

/** Whether a profile was made for the sandbox in this directory: it trusts that one's authority. */
export function isSandboxProfile(fields: ProfileFields, directory: string): boolean {
  return fields.get('trust.anchors') === trustFilesIn(directory).anchor;
}

function openProfiles({
  directory,
  directories,
}: Pick<NetworkOptions, 'directory' | 'directories'>) {
  return openProfileStore(directories, { directory, home: homedir() });
}
