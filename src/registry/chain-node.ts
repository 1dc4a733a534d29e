import { MsgError } from '../errors.js';
import { hexToBytes } from './codec.js';
import { contradiction } from './contradiction.js';
import type { PinnedBlock } from './directory-peer.js';
import { parseQuantity } from './journal.js';
import type { RpcClient } from './rpc.js';
import { RpcFault } from './rpc.js';

/** How deep a block has to lie before it counts: a number of blocks on top, or the chain's finality. */
export type Confirmations = number | 'finalized';

/** Answers of more characters in all are an attempt to fill the memory. */
const MAX_ANSWERS = 2 ** 30;

/**
 * What a reader asks of one node, parsed. A call that the node refuses is `chain-unreachable` with
 * the RpcFault as its cause, an answer that cannot be true `peer-untrusted`.
 */
export class ChainNode {
  readonly #rpc: RpcClient;
  #received = 0;

  constructor(rpc: RpcClient) {
    this.#rpc = rpc;
  }

  async chainId(): Promise<bigint> {
    return parseQuantity(await this.#call('eth_chainId', []));
  }

  /** The runtime code at an address; empty where there is none. */
  async code(address: string): Promise<Uint8Array> {
    return hexToBytes(await this.#call('eth_getCode', [address, 'latest']));
  }

  /** Calls a reading function: the answer is still encoded. */
  async read(to: string, data: string, tag: string): Promise<unknown> {
    return this.#call('eth_call', [{ to, data }, tag]);
  }

  /** A block by its tag or number; undefined where there is none. */
  async block(tag: string): Promise<PinnedBlock | undefined> {
    const answer = await this.#call('eth_getBlockByNumber', [tag, false]);
    if (answer === null || answer === undefined) return undefined;
    const fields: Record<string, unknown> = typeof answer === 'object' ? { ...answer } : {};
    const time = parseQuantity(fields['timestamp']) * 1000n;
    if (time > BigInt(Number.MAX_SAFE_INTEGER)) throw contradiction('a block beyond all calendars');
    return {
      number: parseQuantity(fields['number']),
      hash: hashOf(fields['hash']),
      parentHash: hashOf(fields['parentHash']),
      time: Number(time),
    };
  }

  /** The tag of the newest block that has the confirmations asked for. */
  async confirmedTag(confirmations: Confirmations): Promise<string> {
    if (confirmations === 'finalized') return confirmations;
    if (confirmations === 0) return 'latest';
    const newest = parseQuantity(await this.#call('eth_blockNumber', []));
    return quantity(newest > BigInt(confirmations) ? newest - BigInt(confirmations) : 0n);
  }

  /** An address's logs of some blocks, both included; undefined when the node does not give them. */
  async logs(address: string, from: bigint, to: bigint): Promise<unknown[] | undefined> {
    let logs: unknown;
    try {
      const filter = { address, fromBlock: quantity(from), toBlock: quantity(to) };
      logs = await this.#call('eth_getLogs', [filter]);
    } catch (error) {
      if (isRefused(error)) return undefined;
      throw error;
    }
    if (Array.isArray(logs)) return logs as unknown[];
    throw contradiction('logs that are not a list');
  }

  async #call(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      const answer = await this.#rpc.call(method, params);
      this.#received += typeof answer === 'string' ? answer.length : 0;
      if (this.#received > MAX_ANSWERS) throw contradiction('it gives more than a gigabyte');
      return answer;
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      throw new MsgError(
        'chain-unreachable',
        `the chain node refuses ${method}: ${error.message}`,
        {
          hint: 'the node may still be starting, or keep too little of the past',
          cause: error,
        },
      );
    }
  }
}

/** Whether the node answered that it will not, rather than not at all. */
export function isRefused(error: unknown): boolean {
  return error instanceof MsgError && error.cause instanceof RpcFault;
}

/** A number as JSON-RPC wants it. */
export function quantity(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

function hashOf(value: unknown): string {
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw contradiction('a block without a hash');
}
