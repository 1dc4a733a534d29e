import { contradiction } from '../contradiction.js';
import { parseQuantity } from '../journal.js';
import type { RpcClient } from '../rpc.js';
import { RpcFault } from '../rpc.js';
import type { FeePolicy } from '../writer-port.js';
import type { TransactionFee } from './signer.js';

/** Where a node does not say which tip is usual: 1 gwei. */
const USUAL_TIP = 1_000_000_000n;

/**
 * What a transaction is to pay for gas. `auto` leaves room for the base fee to double before the
 * transaction is too cheap, and uses one gas price on chains without base fees (EIP-1559).
 */
export async function chooseFee(policy: FeePolicy, rpc: RpcClient): Promise<TransactionFee> {
  if (policy === 'free') return { type: 0, gasPrice: 0n };
  const baseFee = policy === 'auto' ? await baseFeeOf(rpc) : undefined;
  if (baseFee === undefined) {
    return { type: 0, gasPrice: parseQuantity(await rpc.call('eth_gasPrice', [])) };
  }
  const tip = await tipOf(rpc);
  return { type: 2, maxFeePerGas: 2n * baseFee + tip, maxPriorityFeePerGas: tip };
}

async function baseFeeOf(rpc: RpcClient): Promise<bigint | undefined> {
  const block = await rpc.call('eth_getBlockByNumber', ['latest', false]);
  if (typeof block !== 'object' || block === null) throw contradiction('there is no newest block');
  return 'baseFeePerGas' in block && typeof block.baseFeePerGas === 'string'
    ? parseQuantity(block.baseFeePerGas)
    : undefined;
}

async function tipOf(rpc: RpcClient): Promise<bigint> {
  try {
    return parseQuantity(await rpc.call('eth_maxPriorityFeePerGas', []));
  } catch (error) {
    if (error instanceof RpcFault) return USUAL_TIP;
    throw error;
  }
}
