const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Whether a text is printable ASCII and nothing else. Asked before a pattern with `\p{...}`: V8 takes a
 * millisecond to collect such a set's characters, and almost every text has none of them.
 */
export function isPlainAscii(text: string): boolean {
  return PLAIN.test(text);
}
