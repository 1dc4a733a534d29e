import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePem } from '../asn1/pem.js';
import { ensureDirectory } from '../config/directories.js';
import type { RandomSource } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { writeWhole } from '../identity/private-file.js';
import { parseAddress } from '../registry/address.js';
import { RpcClient } from '../registry/rpc.js';
import { openAddressBook } from '../registry/address-book.js';
import { deployDirectory, openDirectoryWriter } from '../registry/ethers.js';
import type { Address } from '../registry/port.js';
import type { WriterOptions } from '../registry/writer-port.js';
import { certificateToPem } from '../x509/pem.js';
import { loadAuthority, saveAuthority } from './authority-files.js';
import { createAuthority, type Authority } from './authority.js';
import { startChain, type SandboxChain } from './chain.js';
import { startCarrier, type Carrier } from './carrier.js';
import { writeNetwork, type NetworkState } from './network-file.js';
import { enrolPeer, equipPeer, refuseForeignProfiles } from './network-peer.js';
import {
  accountOf,
  SANDBOX_PEERS,
  stepper,
  trustFilesIn,
  writerFor,
  type NetworkOptions,
  type NetworkParts,
} from './network-parts.js';

/** A network that is up. */
export interface Network {
  readonly state: NetworkState;
  readonly chain: SandboxChain;
  readonly carrier: Carrier;
  readonly authority: Authority;
  /** Lets chain and broker go on after this process; until then they end with it, however it ends. */
  release(): void;
  /** Stops chain and broker. */
  stop(): Promise<void>;
}

/**
 * Raises a whole network on this machine: a chain, the directory on it, an authority, the peers
 * with certificates, accounts, inboxes and profiles.
 *
 * @throws MsgError `missing-tool` without anvil, Java or Maven, `config` when a port is taken or a
 *   profile of that name belongs to somebody else.
 */
export async function raiseNetwork(options: NetworkOptions): Promise<Network> {
  refuseForeignProfiles(options);
  ensureDirectory(options.directory);
  const step = stepper(options);
  const chain = await step('started a local chain', () => startSandboxChain(options));
  try {
    const carrier = await step(carrierLabel(options), () => startCarrier(options));
    try {
      return await furnish(options, chain, carrier);
    } catch (error) {
      await carrier.stop();
      throw error;
    }
  } catch (error) {
    await chain.stop();
    throw error;
  }
}

async function furnish(
  options: NetworkOptions,
  chain: SandboxChain,
  carrier: Carrier,
): Promise<Network> {
  const step = stepper(options);
  const registrar = writerFor(options, chain, 0);
  const contract = await directoryOf(options, chain, registrar);
  const authority = await step(
    options.previous === undefined
      ? 'founded a certificate authority'
      : 'renewed the revocation lists of the certificate authority',
    () => foundOrLoad(options),
  );
  const book = openAddressBook({
    path: join(ensureDirectory(options.directories.cache), 'address-book.db'),
    ...{ chainId: chain.chainId, address: contract, rpc: registrar.rpc, clock: options.clock },
  });
  const parts = { options, chain, carrier, authority, contract, book, registrar };
  try {
    for (const peer of SANDBOX_PEERS) {
      if (options.previous === undefined) {
        const label = `enrolled ${peer.name} (${peer.keyType}): certificate, admission, proof`;
        await step(label, () => enrolPeer(peer, parts));
      }
      await equipPeer(peer, parts);
    }
    // The peers share this cache: they are to see each other's certificates from the start.
    await book.head({ maxAge: 0, maxStale: 0 });
  } finally {
    book.close();
  }
  const state: NetworkState = {
    ...{ transport: options.transport, chainId: Number(chain.chainId), directory: contract },
    chain: { url: chain.url, port: chain.port, pid: chain.pid },
    ...(carrier.broker === undefined ? {} : { broker: carrier.broker }),
    profiles: SANDBOX_PEERS.map(({ name }) => name),
  };
  writeNetwork(options.directory, state);
  return networkOf(state, parts);
}

function networkOf(state: NetworkState, parts: NetworkParts): Network {
  const { chain, carrier, authority } = parts;
  return {
    ...{ state, chain, carrier, authority },
    release() {
      chain.release();
      carrier.release();
    },
    async stop() {
      await carrier.stop();
      await chain.stop();
    },
  };
}

/** Starts the chain, going on where an earlier one of this directory ended. */
async function startSandboxChain(
  options: Pick<NetworkOptions, 'directory' | 'chainPort' | 'previous' | 'random'>,
): Promise<SandboxChain> {
  const { directory, previous, random } = options;
  const chainPort = options.chainPort ?? previous?.chain.port;
  const stateFile = join(directory, 'chain-state.json');
  // Left behind by a network that was never finished.
  if (previous === undefined) rmSync(stateFile, { force: true });
  const chain = await startChain({
    stateFile,
    chainId: previous?.chainId ?? newChainId(random),
    logFile: join(directory, 'chain.log'),
    ...(chainPort === undefined ? {} : { port: chainPort }),
  });
  // anvil keeps no hashes for the BLOCKHASH opcode in its file and makes them up for old blocks; the
  // directory's answers name the newest block's parent, so that one has to be new.
  if (previous !== undefined) {
    await new RpcClient({ urls: [chain.url] }).call('anvil_mine', ['0x2']);
  }
  return chain;
}

/** An id of its own for every chain: address books remember what they have seen under one. */
function newChainId(random: RandomSource): number {
  return 1_337_000_000 + Buffer.from(random(3)).readUIntBE(0, 3);
}

/** The directory of the earlier network that is raised again, or a new one. */
async function directoryOf(
  options: NetworkOptions,
  chain: SandboxChain,
  registrar: WriterOptions,
): Promise<Address> {
  if (options.previous !== undefined) return parseAddress(options.previous.directory);
  const admin = parseAddress(accountOf(chain, 0).address);
  return stepper(options)('deployed the directory contract', () => deploy(registrar, admin));
}

async function deploy(registrar: WriterOptions, admin: Address): Promise<Address> {
  const terms = { admin, adminDelay: 0, recoveryDelay: 60, openRegistration: false };
  const { address } = await deployDirectory(registrar, terms);
  if (address === undefined) throw new MsgError('bug', 'the directory has no address');
  const writer = await openDirectoryWriter({ ...registrar, address });
  await writer.grantRole('registrar', admin);
  await writer.grantRole('revoker', admin);
  return address;
}

async function foundOrLoad(options: NetworkOptions): Promise<Authority> {
  const directory = join(options.directory, 'ca');
  const { clock, random } = options;
  const isThere = existsSync(join(directory, 'state.json'));
  const authority = isThere
    ? loadAuthority(directory, { clock, random })
    : await createAuthority({ clock, random });
  const files = trustFilesIn(options.directory);
  // A sandbox may lie idle for years, and has nobody who would replace its list meanwhile.
  const lists = await authority.crls(LIST_DAYS);
  saveAuthority(authority, ensureDirectory(directory));
  writeWhole(files.anchor, certificateToPem(authority.root), { mode: 0o644, force: true });
  const pem = lists.map((list) => writePem('X509 CRL', list)).join('');
  writeWhole(files.list, pem, { mode: 0o644, force: true });
  return authority;
}

const LIST_DAYS = 3650;

function carrierLabel({ transport }: NetworkOptions): string {
  return transport === 'embedded' ? 'opened an embedded log' : 'started Apache Kafka';
}
