import { MsgError } from '../../errors.js';
import { withAccountLock } from '../account-lock.js';
import { parseQuantity } from '../journal.js';
import type { Address } from '../port.js';
import type { RpcClient } from '../rpc.js';
import { RpcFault } from '../rpc.js';
import type { WriterOptions } from '../writer-port.js';
import { chooseFee } from './fees.js';
import type { TransactionReceipt } from './receipt.js';
import { isKnown, waitForReceipt } from './receipt.js';
import type { PreparedTransaction, SignedTransaction, TransactionSigner } from './signer.js';

/** A call that changes a contract, or makes one. */
export interface ContractCall {
  readonly to: Address | undefined;
  readonly data: string;
}

/** How a sender works; see WriterOptions. */
export interface SenderOptions {
  readonly rpc: RpcClient;
  readonly signer: TransactionSigner;
  readonly settings: WriterOptions;
}

/** Beyond what the node estimates, since the state may move until the transaction is in a block. */
const GAS_MARGIN = 6n;
const SEND_ATTEMPTS = 3;
/** The nonce was used meanwhile by somebody else who signs for the same account. */
const NONCE_TAKEN = /nonce too low|nonce.*already|replacement transaction underpriced/i;
/** The node has the very same transaction already. */
const ALREADY_KNOWN = /already known|known transaction|already imported|already exists/i;

/** Sends transactions of one account, each once, and waits until they count. */
export class TransactionSender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /**
   * The gas that a call needs now.
   *
   * @throws RpcFault when it would be refused.
   */
  async estimate({ to, data }: ContractCall): Promise<bigint> {
    const { rpc, signer } = this.#options;
    const call = { from: signer.address, ...(to === undefined ? {} : { to }), data };
    return parseQuantity(await rpc.call('eth_estimateGas', [call]));
  }

  /**
   * Sends a call and waits until it has the confirmations asked for.
   *
   * @throws RpcFault when it is refused, MsgError `timeout` when it is not in a block in time.
   */
  async send(call: ContractCall): Promise<TransactionReceipt> {
    const { rpc, settings } = this.#options;
    const { confirmations = 0, timeout = 120_000, pollInterval = 250 } = settings;
    const gas = await this.estimate(call);
    const hash = await this.#submit(call, gas + gas / GAS_MARGIN);
    const receipt = await waitForReceipt(rpc, hash, { confirmations, timeout, pollInterval });
    if (receipt.succeeded) return receipt;
    // It passed the estimate, so the state changed in between: the same estimate tells why.
    await this.estimate(call);
    throw new MsgError('usage', `transaction ${hash} failed in block ${receipt.block}`, {
      hint: 'the directory changed at the same time; look at it and try again',
    });
  }

  async #submit(call: ContractCall, gasLimit: bigint): Promise<string> {
    const { rpc, settings, signer } = this.#options;
    const { chainId, lockDirectory: directory, fees = 'auto', timeout = 120_000 } = settings;
    const lock = { directory, chainId, account: signer.address, timeout };
    return withAccountLock(lock, async () => {
      for (let attempt = 1; ; attempt += 1) {
        const fee = await chooseFee(fees, rpc);
        const nonce = await this.#nextNonce();
        const prepared = { ...call, chainId, from: signer.address, nonce, gasLimit, fee };
        try {
          return await this.#hand(prepared);
        } catch (error) {
          const isTaken = error instanceof RpcFault && NONCE_TAKEN.test(error.message);
          if (!isTaken || attempt === SEND_ATTEMPTS) throw error;
        }
      }
    });
  }

  async #nextNonce(): Promise<number> {
    const { rpc, signer } = this.#options;
    const params = [signer.address, 'pending'];
    return Number(parseQuantity(await rpc.call('eth_getTransactionCount', params)));
  }

  async #hand(prepared: PreparedTransaction): Promise<string> {
    const { signer } = this.#options;
    if (signer.sign !== undefined) return this.#handSigned(await signer.sign(prepared));
    const hash = await signer.submit?.(prepared);
    if (typeof hash === 'string' && /^0x[0-9a-f]{64}$/i.test(hash)) return hash;
    throw new MsgError('account', 'the external signer gives no transaction hash', {
      hint: 'check that its address takes eth_sendTransaction',
    });
  }

  /** After a failure on the way the node may have the transaction all the same: looks, then repeats. */
  async #handSigned({ raw, hash }: SignedTransaction): Promise<string> {
    const { rpc } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await rpc.call('eth_sendRawTransaction', [raw]);
        return hash;
      } catch (error) {
        if (error instanceof RpcFault) {
          if (ALREADY_KNOWN.test(error.message) || (await isKnown(rpc, hash))) return hash;
          throw error;
        }
        if (await isKnown(rpc, hash)) return hash;
        if (attempt === SEND_ATTEMPTS) throw error;
      }
    }
  }
}
