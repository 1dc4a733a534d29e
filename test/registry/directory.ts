import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { PeerName } from '../../src/domain/peer-name.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { AddressBookOptions } from '../../src/registry/address-book.js';
import { openAddressBook } from '../../src/registry/address-book.js';
import { parseAddress } from '../../src/registry/address.js';
import { deployDirectory, openDirectoryWriter } from '../../src/registry/ethers.js';
import type { Address, AddressBook } from '../../src/registry/port.js';
import { DirectoryReader } from '../../src/registry/reader.js';
import { RpcClient } from '../../src/registry/rpc.js';
import type { DirectoryWriter, WriterOptions } from '../../src/registry/writer-port.js';
import type { ChainOptions, SandboxChain } from '../../src/sandbox/chain.js';
import { startChain } from '../../src/sandbox/chain.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Who the chain's accounts are in the tests. */
export const ROLE = {
  admin: 0,
  registrar: 1,
  revoker: 2,
  owner: 3,
  guardian: 4,
  other: 5,
} as const;

/** A chain of the test's own with a directory on it. */
export interface TestDirectory {
  readonly chain: SandboxChain;
  readonly address: Address;
  readonly scratch: string;
  readonly rpc: RpcClient;
  /** The address of one of the chain's ten accounts. */
  account(index: number): Address;
  writer(index: number, settings?: Partial<WriterOptions>): Promise<DirectoryWriter>;
  reader(url?: string): DirectoryReader;
  /** An address book on the test's own cache file, with a clock that stands still until moved. */
  book(options?: Partial<AddressBookOptions>): TestBook;
}

/** An address book, what it warned of and its clock. */
export interface TestBook extends AddressBook {
  readonly warnings: string[];
  /** What its clock says. */
  now(): number;
  /** Moves the clock on, in milliseconds. */
  wait(milliseconds: number): void;
}

/** A name for tests. */
export function peer(text: string): PeerName {
  return parsePeerName(text);
}

/** A certificate version's bytes; the contract takes any. */
export function published(
  name: PeerName,
  index: number,
): {
  name: PeerName;
  index: number;
  leaf: Uint8Array;
  chain: readonly Uint8Array[];
  proof: Uint8Array;
} {
  return { name, index, leaf: randomBytes(700), chain: [], proof: randomBytes(71) };
}

/** Starts a chain, deploys a directory and gives out its roles; all is gone after the test. */
export async function newDirectory(
  options: ChainOptions & { openRegistration?: boolean } = {},
): Promise<TestDirectory> {
  const chain = await startChain(options);
  onTestFinished(() => chain.stop());
  const scratch = temporaryDirectory();
  const account = (index: number): Address => parseAddress(chain.accounts[index]?.address ?? '');
  const settings = (index: number): WriterOptions => ({
    rpc: { urls: [chain.url] },
    chainId: chain.chainId,
    account: { kind: 'key', privateKey: chain.accounts[index]?.privateKey ?? '' },
    fees: options.isFree === true ? 'free' : 'auto',
    lockDirectory: scratch,
    pollInterval: 5,
  });
  const { address } = await deployDirectory(settings(ROLE.admin), {
    admin: account(ROLE.admin),
    adminDelay: 60,
    recoveryDelay: 3600,
    openRegistration: options.openRegistration ?? false,
  });
  if (address === undefined) throw new Error('the deployment made no contract');
  const writer: TestDirectory['writer'] = (index, extra) =>
    openDirectoryWriter({ ...settings(index), ...extra, address });
  const admin = await writer(ROLE.admin);
  await admin.grantRole('registrar', account(ROLE.registrar));
  await admin.grantRole('revoker', account(ROLE.revoker));
  const rpc = new RpcClient({ urls: [chain.url] });
  return {
    ...{ chain, address, scratch, rpc, account, writer },
    reader: (url) =>
      new DirectoryReader({
        rpc: url === undefined ? rpc : new RpcClient({ urls: [url] }),
        chainId: chain.chainId,
        address,
      }),
    book: (extra) => testBook({ chain, address, scratch }, extra),
  };
}

function testBook(
  { chain, address, scratch }: Pick<TestDirectory, 'chain' | 'address' | 'scratch'>,
  extra: Partial<AddressBookOptions> = {},
): TestBook {
  let now = Date.now();
  const warnings: string[] = [];
  const book = openAddressBook({
    path: `${scratch}/address-book.db`,
    chainId: chain.chainId,
    address,
    rpc: { urls: [chain.url] },
    clock: () => now,
    pause: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
    onWarning: (text) => warnings.push(text),
    ...extra,
  });
  onTestFinished(() => {
    book.close();
  });
  return {
    warnings,
    wait: (milliseconds) => (now += milliseconds),
    find: (name, freshness) => book.find(name, freshness),
    list: (freshness) => book.list(freshness),
    findByCertificate: (fingerprint, freshness) => book.findByCertificate(fingerprint, freshness),
    head: (freshness) => book.head(freshness),
    lookSince: (moment) => book.lookSince(moment),
    now: () => now,
    close: () => {
      book.close();
    },
  };
}
