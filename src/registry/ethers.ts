import { Interface } from 'ethers';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { ZERO_ADDRESS } from './address.js';
import { loadArtifact } from './artifact.js';
import { refusalOf } from './ethers/refusal.js';
import type { TransactionReceipt } from './ethers/receipt.js';
import { TransactionSender } from './ethers/sender.js';
import { openSigner } from './ethers/signer.js';
import type { TransactionSigner } from './ethers/signer.js';
import { parseQuantity } from './journal.js';
import { keccak256 } from './keccak.js';
import type { Address } from './port.js';
import type { DirectoryRole } from './roles.js';
import { ADMIN_ROLE, ROLES } from './roles.js';
import { RpcClient, RpcFault } from './rpc.js';
import type {
  Admission,
  Deployment,
  DirectoryWriter,
  Publication,
  WriteOutcome,
  WriterOptions,
} from './writer-port.js';

/** A directory that was made, or would be. */
export interface DeploymentOutcome {
  readonly outcome: WriteOutcome;
  /** Undefined in a dry run. */
  readonly address: Address | undefined;
  /** keccak256 of its runtime code. */
  readonly codeHash: string;
}

/**
 * Opens a directory for writing. Nothing is asked of the chain but its id.
 *
 * @throws MsgError `config` when the node is on another chain, `passphrase`, `account`,
 *   `chain-unreachable`.
 */
export async function openDirectoryWriter(
  options: WriterOptions & { readonly address: Address },
): Promise<DirectoryWriter> {
  return new EthersDirectoryWriter(await openContract(options), options.address);
}

/**
 * Puts a new directory on the chain.
 *
 * @throws MsgError as with openDirectoryWriter, and `usage` for delays that the contract refuses.
 */
export async function deployDirectory(
  options: WriterOptions,
  deployment: Deployment,
): Promise<DeploymentOutcome> {
  const { bytecode, codeHash } = await loadArtifact();
  const contract = await openContract(options);
  const { admin, adminDelay, recoveryDelay, openRegistration } = deployment;
  const args = [admin, adminDelay, recoveryDelay, openRegistration];
  const data = bytecode + contract.abi.encodeDeploy(args).slice(2);
  const call = { to: undefined, data, text: `new PeerDirectory(${args.join(', ')})` };
  const { outcome, receipt } = await perform(contract, call, undefined);
  return { outcome, address: receipt?.contract, codeHash };
}

interface OpenContract {
  readonly abi: Interface;
  readonly signer: TransactionSigner;
  readonly sender: TransactionSender;
  readonly isDryRun: boolean;
}

interface DescribedCall {
  readonly to: Address | undefined;
  readonly data: string;
  readonly text: string;
}

async function openContract(settings: WriterOptions): Promise<OpenContract> {
  const rpc = new RpcClient(settings.rpc);
  const actual = parseQuantity(await rpc.call('eth_chainId', []));
  if (actual !== settings.chainId) {
    throw new MsgError('config', `the node is on chain ${actual}, not on ${settings.chainId}`, {
      hint: "check the node's address and the profile's chain id",
    });
  }
  const { abi } = await loadArtifact();
  const signer = await openSigner(settings.account);
  const sender = new TransactionSender({ rpc, signer, settings });
  return { abi: new Interface(abi), signer, sender, isDryRun: settings.dryRun ?? false };
}

async function perform(
  { abi, signer, sender, isDryRun }: OpenContract,
  { to, data, text }: DescribedCall,
  subject: string | undefined,
): Promise<{ outcome: WriteOutcome; receipt: TransactionReceipt | undefined }> {
  const from = signer.address;
  try {
    if (isDryRun) {
      const gas = await sender.estimate({ to, data });
      return { outcome: { kind: 'dry-run', from, to, call: text, data, gas }, receipt: undefined };
    }
    const receipt = await sender.send({ to, data });
    const { hash: transaction, block, gasUsed } = receipt;
    return { outcome: { kind: 'written', transaction, from, block, gasUsed }, receipt };
  } catch (error) {
    if (error instanceof RpcFault) throw refusalOf(error, { abi, subject, from });
    throw error;
  }
}

class EthersDirectoryWriter implements DirectoryWriter {
  readonly #contract: OpenContract;
  readonly #address: Address;

  constructor(contract: OpenContract, address: Address) {
    this.#contract = contract;
    this.#address = address;
  }

  get from(): Address {
    return this.#contract.signer.address;
  }

  admit({ name, owner, guardian = ZERO_ADDRESS }: Admission): Promise<WriteOutcome> {
    return this.#write('admit', [name, owner, guardian], name);
  }

  register(name: PeerName, guardian: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#write('register', [name, guardian], name);
  }

  publish({ name, index, leaf, chain, proof }: Publication): Promise<WriteOutcome> {
    const args = [keccak256(name), index, leaf, Buffer.concat(chain), proof];
    return this.#write('publish', args, name);
  }

  setProfile(name: PeerName, profile: Uint8Array): Promise<WriteOutcome> {
    return this.#write('setProfile', [keccak256(name), profile], name);
  }

  revoke(name: PeerName, index: number, reason: number): Promise<WriteOutcome> {
    return this.#write('revoke', [keccak256(name), index, reason], name);
  }

  suspend(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('suspend', name);
  }

  reinstate(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('reinstate', name);
  }

  remove(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('remove', name);
  }

  setOperator(name: PeerName, operator: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#ofPeer('setOperator', name, operator);
  }

  offerOwnership(name: PeerName, newOwner: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#ofPeer('offerOwnership', name, newOwner);
  }

  acceptOwnership(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('acceptOwnership', name);
  }

  recover(name: PeerName, newOwner: Address): Promise<WriteOutcome> {
    return this.#ofPeer('recover', name, newOwner);
  }

  changeGuardian(name: PeerName, newGuardian: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#ofPeer('changeGuardian', name, newGuardian);
  }

  confirmGuardian(name: PeerName, newGuardian: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#ofPeer('confirmGuardian', name, newGuardian);
  }

  cancelGuardianChange(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('cancelGuardianChange', name);
  }

  scheduleRecovery(name: PeerName, newOwner: Address): Promise<WriteOutcome> {
    return this.#ofPeer('scheduleRecovery', name, newOwner);
  }

  cancelRecovery(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('cancelRecovery', name);
  }

  acceptRecovery(name: PeerName): Promise<WriteOutcome> {
    return this.#ofPeer('acceptRecovery', name);
  }

  setOpenRegistration(open: boolean): Promise<WriteOutcome> {
    return this.#write('setOpenRegistration', [open]);
  }

  freeze(successor: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#write('freeze', [successor]);
  }

  grantRole(role: DirectoryRole, account: Address): Promise<WriteOutcome> {
    return this.#write('grantRole', [ROLES[role], account]);
  }

  revokeRole(role: DirectoryRole, account: Address): Promise<WriteOutcome> {
    return this.#write('revokeRole', [ROLES[role], account]);
  }

  renounceRole(role: DirectoryRole | 'admin'): Promise<WriteOutcome> {
    const id = role === 'admin' ? ADMIN_ROLE : ROLES[role];
    return this.#write('renounceRole', [id, this.from]);
  }

  beginAdminTransfer(newAdmin: Address = ZERO_ADDRESS): Promise<WriteOutcome> {
    return this.#write('beginDefaultAdminTransfer', [newAdmin]);
  }

  acceptAdminTransfer(): Promise<WriteOutcome> {
    return this.#write('acceptDefaultAdminTransfer', []);
  }

  cancelAdminTransfer(): Promise<WriteOutcome> {
    return this.#write('cancelDefaultAdminTransfer', []);
  }

  changeAdminDelay(seconds: number): Promise<WriteOutcome> {
    return this.#write('changeDefaultAdminDelay', [seconds]);
  }

  #ofPeer(method: string, name: PeerName, ...accounts: Address[]): Promise<WriteOutcome> {
    return this.#write(method, [keccak256(name), ...accounts], name);
  }

  async #write(
    method: string,
    args: readonly unknown[],
    subject?: PeerName,
  ): Promise<WriteOutcome> {
    const data = this.#contract.abi.encodeFunctionData(method, args);
    const text = `${method}(${args.map(shown).join(', ')})`;
    const { outcome } = await perform(this.#contract, { to: this.#address, data, text }, subject);
    return outcome;
  }
}

/** An argument for reading: bytes in hexadecimal, long ones with their length. */
function shown(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const hex = Buffer.from(value.subarray(0, 32)).toString('hex');
  return value.length <= 32 ? `0x${hex}` : `0x${hex}… (${value.length} bytes)`;
}
