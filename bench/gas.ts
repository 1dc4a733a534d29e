/**
 * What each change of the directory costs in gas, from real transactions on a local chain, and what
 * the bytes of a certificate would cost in storage slots instead of a contract's code. No byte is
 * zero, which is the dearest case.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePeerName } from '../src/domain/peer-name.js';
import { parseAddress } from '../src/registry/address.js';
import { deployDirectory, openDirectoryWriter } from '../src/registry/ethers.js';
import type { Address } from '../src/registry/port.js';
import { RpcClient } from '../src/registry/rpc.js';
import type { DirectoryWriter, WriteOutcome, WriterOptions } from '../src/registry/writer-port.js';
import { startChain } from '../src/sandbox/chain.js';
import { printReport } from './report.js';

/** What creating a contract costs beside what it stores (EIP-2, G_create). */
const CREATION = 32_000;
const LARGEST = 24_575;
const [ACME, BOLT] = [parsePeerName('acme.example'), parsePeerName('bolt.example')];

const scratch = mkdtempSync(join(tmpdir(), 'msg-bench-'));
const chain = await startChain();
const figures: Record<string, number> = {};
try {
  const directory = await deploy();
  const [admin, owner, guardian] = await Promise.all(
    [0, 1, 2].map((one) => writerOf(one, directory)),
  );
  if (admin === undefined || owner === undefined || guardian === undefined)
    throw new Error('no accounts');
  await govern(admin);
  await enrol(admin, owner, guardian);
  await publishAll(owner);
  await stop(admin, owner);
  await takeOver(owner, guardian);
  await report();
} finally {
  await chain.stop();
  rmSync(scratch, { recursive: true, force: true });
}

function settingsOf(account: number): WriterOptions {
  const privateKey = chain.accounts[account]?.privateKey ?? '';
  return {
    ...{ rpc: { urls: [chain.url] }, chainId: chain.chainId, lockDirectory: scratch },
    ...{ account: { kind: 'key', privateKey }, pollInterval: 5 },
  };
}

function writerOf(account: number, address: Address): Promise<DirectoryWriter> {
  return openDirectoryWriter({ ...settingsOf(account), address });
}

async function note(label: string, change: Promise<WriteOutcome>): Promise<void> {
  const outcome = await change;
  if (outcome.kind === 'written') figures[label] = Number(outcome.gasUsed);
}

async function deploy(): Promise<Address> {
  const admin = parseAddress(chain.accounts[0]?.address ?? '');
  const terms = { admin, adminDelay: 86_400, recoveryDelay: 172_800, openRegistration: false };
  const { outcome, address } = await deployDirectory(settingsOf(0), terms);
  await note('deploy the directory', Promise.resolve(outcome));
  if (address === undefined) throw new Error('no directory was made');
  return address;
}

async function govern(admin: DirectoryWriter): Promise<void> {
  await note('grant a role', admin.grantRole('registrar', admin.from));
  await admin.grantRole('revoker', admin.from);
}

async function enrol(
  admin: DirectoryWriter,
  { from: owner }: DirectoryWriter,
  { from: guardian }: DirectoryWriter,
): Promise<void> {
  await note('admit, with a guardian', admin.admit({ name: ACME, owner, guardian }));
  await note('admit, without a guardian', admin.admit({ name: BOLT, owner }));
}

async function publishAll(owner: DirectoryWriter): Promise<void> {
  let index = 0;
  const publish = (leaf: number, chained: number, proof: number): Promise<WriteOutcome> =>
    owner.publish({
      ...{ name: ACME, index: index++, leaf: bytes(leaf, index), proof: bytes(proof, index) },
      chain: chained === 0 ? [] : [bytes(chained, index)],
    });
  await note('publish, RSA: 1,200 B and 256 B of proof', publish(1_200, 0, 256));
  await note('rotate, RSA: 1,200 B and 256 B', publish(1_200, 0, 256));
  await note('rotate, P-256: 700 B and 71 B', publish(700, 0, 71));
  await note('rotate, RSA with an issuer of 1,300 B', publish(1_200, 1_300, 256));
  await note('rotate, the largest: 24,575 B', publish(1_200, LARGEST - 1_456, 256));
  await note('profile of 200 B', owner.setProfile(ACME, bytes(200, 1)));
  await note('profile of 8 KiB', owner.setProfile(BOLT, bytes(8_192, 1)));
}

async function stop(admin: DirectoryWriter, owner: DirectoryWriter): Promise<void> {
  await note('revoke a certificate', owner.revoke(ACME, 0, 4));
  await note('suspend', admin.suspend(ACME));
  await note('lift a suspension', admin.reinstate(ACME));
}

async function takeOver(owner: DirectoryWriter, guardian: DirectoryWriter): Promise<void> {
  const [operator, heir] = [3, 4].map((one) => parseAddress(chain.accounts[one]?.address ?? ''));
  if (operator === undefined || heir === undefined) throw new Error('no accounts');
  await note('name an operator', owner.setOperator(ACME, operator));
  await note('recover, by the guardian', guardian.recover(ACME, heir));
}

/** Bytes of which none is zero, and which differ from version to version. */
function bytes(length: number, version: number): Uint8Array {
  return Buffer.alloc(length, 0xa0 + version);
}

/** The gas for keeping bytes in storage slots, by a transaction that does nothing else. */
async function gasInSlots(length: number): Promise<number> {
  const words = Buffer.alloc(Math.ceil(length / 32) * 32, 0xa5);
  const size = words.length.toString(16).padStart(4, '0');
  // PUSH2 size, PUSH2 31, PUSH1 0, CODECOPY, PUSH1 0; JUMPDEST, DUP1, MLOAD, DUP2, PUSH1 5, SHR,
  // SSTORE, PUSH1 32, ADD, DUP1, PUSH2 size, GT, PUSH1 11, JUMPI, STOP; then the words.
  const loader = `61${size}61001f60003960005b80518160051c556020018061${size}11600b5700`;
  const rpc = new RpcClient({ urls: [chain.url] });
  const transaction = {
    from: chain.accounts[5]?.address,
    data: `0x${loader}${words.toString('hex')}`,
  };
  const hash = await rpc.call('eth_sendTransaction', [{ ...transaction, gas: '0x1c9c380' }]);
  const receipt = await rpc.call('eth_getTransactionReceipt', [hash]);
  const { status, gasUsed } = receipt as { status: string; gasUsed: string };
  if (status !== '0x1') throw new Error('the words were not stored');
  return Number(gasUsed) - CREATION;
}

async function report(): Promise<void> {
  const publication = figures['publish, RSA: 1,200 B and 256 B of proof'] ?? Number.NaN;
  const slots = await gasInSlots(1_456);
  figures['for comparison: 1,456 B in storage slots, nothing else'] = slots;
  const rows = Object.entries(figures).map(([label, gas]) => [label, gas.toLocaleString('en')]);
  printReport([['', 'gas'], ...rows], {
    name: 'gas',
    figures,
    comparedWith: 'the same bytes in storage slots, without events, checks and hash chain',
    ratio: Number((publication / slots).toFixed(3)),
  });
}
