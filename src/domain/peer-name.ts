import { MsgError } from '../errors.js';

declare const brand: unique symbol;

/** A peer's name in the directory, such as `acme` or `acme.finance`. */
export type PeerName = string & { readonly [brand]: 'PeerName' };

const SHAPE = /^(?=.{1,63}$)[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

/**
 * Whether the text is a name that the directory contract accepts: 1 to 63 bytes of `[a-z0-9.-]`,
 * first and last alphanumeric, no two separators in a row.
 */
export function isPeerName(text: string): text is PeerName {
  return SHAPE.test(text);
}

/**
 * Takes a peer name from outside.
 *
 * @throws MsgError `usage` when it is not one.
 */
export function parsePeerName(text: string): PeerName {
  if (isPeerName(text)) return text;
  throw new MsgError('usage', `not a peer name: ${JSON.stringify(text.slice(0, 80))}`, {
    hint: 'a name has 1 to 63 lower-case letters, digits, dots and hyphens, and starts and ends with a letter or digit',
  });
}
