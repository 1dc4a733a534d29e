import { MsgError } from '../errors.js';

/**
 * The failure for a node whose answers cannot be true: they do not decode, break the contract's own
 * rules or contradict its hash chain.
 */
export function contradiction(what: string, cause?: unknown): MsgError {
  return new MsgError('peer-untrusted', `the chain node cannot be believed: ${what}`, {
    hint: 'ask another node; if it says the same, the address may be of another contract',
    ...(cause === undefined ? {} : { cause }),
  });
}
