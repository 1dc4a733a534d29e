import { MsgError } from '../../errors.js';
import { checksumAddress } from '../address.js';
import { hexToBytes } from '../codec.js';
import { parseQuantity } from '../journal.js';
import type { Address } from '../port.js';
import type { Confirmations } from '../chain-node.js';
import type { RpcClient } from '../rpc.js';
import { RpcFault } from '../rpc.js';

/** What became of a transaction. */
export interface TransactionReceipt {
  readonly hash: string;
  readonly block: bigint;
  readonly gasUsed: bigint;
  readonly succeeded: boolean;
  /** The contract that it made. */
  readonly contract: Address | undefined;
}

/** How to wait. */
export interface WaitOptions {
  readonly confirmations: Confirmations;
  /** In milliseconds. */
  readonly timeout: number;
  /** In milliseconds. */
  readonly pollInterval: number;
}

/** A transaction's receipt; undefined while it is in no block. */
export async function findReceipt(
  rpc: RpcClient,
  hash: string,
): Promise<TransactionReceipt | undefined> {
  const answer = await rpc.call('eth_getTransactionReceipt', [hash]);
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { blockNumber, gasUsed, status, contractAddress }: Record<string, unknown> = { ...answer };
  if (blockNumber === null || blockNumber === undefined) return undefined;
  return {
    hash,
    block: parseQuantity(blockNumber),
    gasUsed: parseQuantity(gasUsed),
    succeeded: parseQuantity(status) === 1n,
    contract:
      typeof contractAddress === 'string'
        ? checksumAddress(hexToBytes(contractAddress))
        : undefined,
  };
}

/** Whether the node has a transaction, in a block or waiting. */
export async function isKnown(rpc: RpcClient, hash: string): Promise<boolean> {
  const found = await rpc.call('eth_getTransactionByHash', [hash]);
  return found !== null && found !== undefined;
}

/**
 * Waits until a transaction counts. A reorganisation may take it out of its block again, so its
 * receipt is looked at anew each time. A node that does not answer for a while is waited for too.
 *
 * @throws MsgError `timeout`
 */
export async function waitForReceipt(
  rpc: RpcClient,
  hash: string,
  { confirmations, timeout, pollInterval }: WaitOptions,
): Promise<TransactionReceipt> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const receipt = await look(rpc, hash, confirmations);
    if (receipt !== undefined) return receipt;
    if (performance.now() > deadline) {
      throw new MsgError('timeout', `transaction ${hash} does not count after ${timeout} ms`, {
        hint: 'it may still do: look at the directory before you try again',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
}

async function look(
  rpc: RpcClient,
  hash: string,
  confirmations: Confirmations,
): Promise<TransactionReceipt | undefined> {
  try {
    const receipt = await findReceipt(rpc, hash);
    if (receipt === undefined || confirmations === 0) return receipt;
    return receipt.block <= (await confirmedBlock(rpc, confirmations)) ? receipt : undefined;
  } catch (error) {
    const isTemporary = error instanceof MsgError ? error.retryable : error instanceof RpcFault;
    if (isTemporary) return undefined;
    throw error;
  }
}

/** The newest block that has the confirmations asked for; -1 where there is none yet. */
async function confirmedBlock(rpc: RpcClient, confirmations: Confirmations): Promise<bigint> {
  if (confirmations !== 'finalized') {
    return parseQuantity(await rpc.call('eth_blockNumber', [])) - BigInt(confirmations);
  }
  const block = await rpc.call('eth_getBlockByNumber', ['finalized', false]);
  if (typeof block !== 'object' || block === null || !('number' in block)) return -1n;
  return parseQuantity(block.number);
}
