import { encodeWord } from './abi/call.js';
import { hexToBytes } from './codec.js';
import { contradiction } from './contradiction.js';
import { keccak256, keccak256Hex } from './keccak.js';

/** One change out of the contract's history, checked against its hash chain but not decoded. */
export interface JournalEntry {
  readonly seq: bigint;
  /** The typed event's selector: 0x and 64 hexadecimal digits. */
  readonly kind: string;
  /** The peer's id; 64 zeros where the change concerns the whole directory. */
  readonly id: string;
  /** The typed event's other arguments. */
  readonly data: Uint8Array;
  readonly block: bigint;
}

/** A point of the hash chain. */
export interface ChainPoint {
  readonly seq: bigint;
  /** 0x and 64 hexadecimal digits. */
  readonly head: string;
}

/** An EVM log, as `eth_getLogs` gives it. */
interface RawLog {
  readonly topics: readonly string[];
  readonly data: Buffer;
  readonly block: bigint;
}

const CHANGED = keccak256Hex('Changed(uint64,bytes32,bytes32,bytes32,bytes32)');
const DOMAIN = 'msg-directory-head-v1';

/** Where the hash chain of a directory begins, before its first change. */
export function firstPoint(chainId: bigint, address: string): ChainPoint {
  const words = [keccak256(DOMAIN), chainId, BigInt(address)].map((word) => encodeWord(word));
  return { seq: 0n, head: keccak256Hex(Buffer.concat(words)) };
}

/**
 * Reads the contract's logs in their order and follows the hash chain from one point to another, so
 * that nothing can be hidden, added, altered or moved between the two.
 *
 * @param logs The answer of `eth_getLogs` for the contract's address.
 * @throws MsgError `peer-untrusted` when the chain does not lead from `from` to `to`.
 */
export function followJournal(logs: unknown, from: ChainPoint, to: ChainPoint): JournalEntry[] {
  if (!Array.isArray(logs)) throw contradiction('logs that are not a list');
  const entries: JournalEntry[] = [];
  let point = from;
  let previous: RawLog | undefined;
  for (const item of logs as unknown[]) {
    const log = parseLog(item);
    if (log.topics[0] === CHANGED) {
      const entry = readEntry(previous, point.seq + 1n);
      point = extend(point, entry);
      requireSamePoint(log, entry, point);
      entries.push(entry);
    }
    previous = log;
  }
  if (point.seq === to.seq && point.head === to.head) return entries;
  throw contradiction(`its logs end at change ${point.seq}, its directory at change ${to.seq}`);
}

/** The hash chain after one more change. */
function extend(point: ChainPoint, entry: JournalEntry): ChainPoint {
  const words = [
    encodeWord(BigInt(point.head)),
    encodeWord(entry.seq),
    encodeWord(BigInt(entry.id)),
    encodeWord(BigInt(entry.kind)),
    encodeWord(keccak256(entry.data)),
  ];
  return { seq: entry.seq, head: keccak256Hex(Buffer.concat(words)) };
}

function readEntry(typed: RawLog | undefined, seq: bigint): JournalEntry {
  const [kind, id] = typed?.topics ?? [];
  if (typed === undefined || kind === undefined || id === undefined) {
    throw contradiction(`no event belongs to change ${seq}`);
  }
  return { seq, kind, id, data: typed.data, block: typed.block };
}

function requireSamePoint(log: RawLog, entry: JournalEntry, point: ChainPoint): void {
  const seq = log.topics[1];
  const head = `0x${log.data.subarray(32, 64).toString('hex')}`;
  if (seq !== undefined && BigInt(seq) === entry.seq && head === point.head) return;
  throw contradiction(`the hash chain breaks at change ${entry.seq}`);
}

function parseLog(item: unknown): RawLog {
  const { topics, data, blockNumber }: Record<string, unknown> =
    typeof item === 'object' && item !== null ? { ...item } : {};
  if (!Array.isArray(topics) || topics.length > 4) throw contradiction('a log without topics');
  return {
    topics: topics.map(parseWord),
    data: hexToBytes(data),
    block: parseQuantity(blockNumber),
  };
}

function parseWord(value: unknown): string {
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw contradiction('a log with a topic that is no word');
}

/**
 * Takes a number from a node: 0x and up to 16 hexadecimal digits.
 *
 * @throws MsgError `peer-untrusted`
 */
export function parseQuantity(value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value);
  throw contradiction('an answer that is not a number');
}
