/** C0 and C1 controls and DEL; bidirectional controls, line separators and other invisible text. */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * Makes text from outside (a peer's name for a file, an error from a server) safe to show: what
 * would move the cursor, restyle the terminal, reorder or hide text appears as an escape such as
 * `\x1b` or `\u{202e}`. The answer is always one line.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** A field of tab-separated text: {@link visible}, with `\` doubled so that it can be undone. */
export function tsvField(text: string): string {
  return visible(text.replaceAll('\\', '\\\\'));
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return NAMED.get(character) ?? (code < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}
