import { join } from 'node:path';
import type { Directories } from '../config/directories.js';
import type { Clock, RandomSource } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import type { KeyType } from '../identity/software-key.js';
import type { Address, AddressBook } from '../registry/port.js';
import type { WriterOptions } from '../registry/writer-port.js';
import type { Authority } from './authority.js';
import type { Carrier } from './carrier.js';
import type { SandboxAccount, SandboxChain } from './chain.js';
import type { NetworkState, SandboxTransport } from './network-file.js';

/** A peer of the sandbox. */
export interface SandboxPeer {
  readonly name: string;
  readonly keyType: KeyType;
  /** Which of the chain's accounts owns it; the first is the registrar's. */
  readonly account: number;
}

/** The peers of every sandbox: one of each kind of key. */
export const SANDBOX_PEERS: readonly SandboxPeer[] = [
  { name: 'alice', keyType: 'p256', account: 1 },
  { name: 'bob', keyType: 'rsa3072', account: 2 },
];

/** How to raise a network. */
export interface NetworkOptions {
  /** Where chain state, authority, broker and log lie. */
  readonly directory: string;
  /** Where the peers' keys and profiles go. */
  readonly directories: Directories;
  readonly transport: SandboxTransport;
  /** What an earlier run left here: the same chain and directory are raised again. */
  readonly previous?: NetworkState;
  readonly chainPort?: number;
  readonly brokerPort?: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Told what was done and how long it took, in milliseconds. */
  readonly onStep: (what: string, milliseconds: number) => void;
  /** Ends the raising between two steps; what was started by then is stopped. */
  readonly signal: AbortSignal;
}

/** Everything that the steps of raising a network share. */
export interface NetworkParts {
  readonly options: NetworkOptions;
  readonly chain: SandboxChain;
  readonly carrier: Carrier;
  readonly authority: Authority;
  readonly contract: Address;
  readonly book: AddressBook;
  /** What signs as the registrar. */
  readonly registrar: WriterOptions;
}

/**
 * Makes the runner of steps: each is timed and told of, and none begins after the signal.
 *
 * @throws MsgError `interrupted` by the steps it runs.
 */
export function stepper({
  clock,
  onStep,
  signal,
}: Pick<NetworkOptions, 'clock' | 'onStep' | 'signal'>) {
  return async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (signal.aborted) throw new MsgError('interrupted', 'interrupted');
    const begun = clock();
    const result = await work();
    onStep(what, clock() - begun);
    return result;
  };
}

/** What the peers of a sandbox trust: its authority, and that authority's revocation lists. */
export function trustFilesIn(directory: string): {
  readonly anchor: string;
  readonly list: string;
} {
  return { anchor: join(directory, 'ca.pem'), list: join(directory, 'ca.crl') };
}

/** One of the chain's own accounts. */
export function accountOf(chain: SandboxChain, index: number): SandboxAccount {
  const account = chain.accounts[index];
  if (account === undefined) throw new MsgError('bug', `the chain has no account ${index}`);
  return account;
}

/** How one of the chain's accounts writes to the directory. */
export function writerFor(
  options: Pick<NetworkOptions, 'directory'>,
  chain: SandboxChain,
  account: number,
): WriterOptions {
  const { privateKey } = accountOf(chain, account);
  return {
    rpc: { urls: [chain.url] },
    chainId: chain.chainId,
    account: { kind: 'key', privateKey },
    lockDirectory: options.directory,
    pollInterval: 10,
  };
}
