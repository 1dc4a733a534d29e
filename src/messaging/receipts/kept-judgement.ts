import { isFingerprint, type Fingerprint } from '../../domain/fingerprint.js';
import { parseAddress } from '../../registry/address.js';
import type { Address } from '../../registry/port.js';

/** What was known of a receipt's signer when it came, as far as it is checked again. */
export interface KeptJudgement {
  /** The moment that the signer's certificate was judged for, in Unix milliseconds. */
  readonly at: number;
  readonly peer: string;
  /** Which version of the peer's certificate in the directory. */
  readonly version: number;
  readonly fingerprint: Fingerprint;
  readonly owner: Address;
  readonly proof: Uint8Array;
  /** Absent where the chain did not answer when the receipt came. */
  readonly directory: KeptDirectory | undefined;
}

/** Which directory it was, at which block. */
export interface KeptDirectory {
  readonly chainId: bigint;
  readonly address: Address;
  readonly block: string;
}

/** Reads what `judgementOf` wrote; undefined where it is not what that writes. */
export function readJudgement(text: string): KeptJudgement | undefined {
  try {
    return parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function parse(value: unknown): KeptJudgement {
  const fields = fieldsOf(value);
  const at = Date.parse(textIn(fields, 'at'));
  const fingerprint = textIn(fields, 'fingerprint');
  const { version, directory } = fields;
  if (Number.isNaN(at) || typeof version !== 'number' || !isFingerprint(fingerprint)) {
    throw new TypeError('not a judgement');
  }
  return {
    ...{ at, version, fingerprint, peer: textIn(fields, 'peer') },
    owner: parseAddress(textIn(fields, 'owner')),
    proof: Buffer.from(textIn(fields, 'proof'), 'hex'),
    directory: directory === undefined ? undefined : parseDirectory(fieldsOf(directory)),
  };
}

function parseDirectory(fields: Readonly<Record<string, unknown>>): KeptDirectory {
  return {
    chainId: BigInt(textIn(fields, 'chainId')),
    address: parseAddress(textIn(fields, 'address')),
    block: textIn(fields, 'block'),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new TypeError('not an object');
}

function textIn(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new TypeError(`no text ${name}`);
}
