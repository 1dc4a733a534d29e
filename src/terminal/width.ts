import { isPlainAscii } from '../domain/plain-ascii.js';

/** Made when text first needs it: reading its tables takes longer than many a command. */
let segmenter: Intl.Segmenter | undefined;

/** How many columns of a terminal the text takes: East Asian wide characters and emoji take two. */
export function widthOf(text: string): number {
  if (isPlainAscii(text)) return text.length;
  let width = 0;
  for (const segment of charactersOf(text)) width += widthOfCharacter(segment);
  return width;
}

/** The beginning of the text that fits into so many columns, with an ellipsis where it was cut. */
export function truncate(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const segment of charactersOf(text)) {
    width += widthOfCharacter(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** What a reader takes for characters: grapheme clusters (Unicode Standard Annex #29). */
function* charactersOf(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter();
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function widthOfCharacter(cluster: string): number {
  if (isZeroWidth(cluster)) return 0;
  return isWide(cluster) ? 2 : 1;
}

// Within functions: V8 would read such a pattern, and look up its properties, in every process.
function isZeroWidth(cluster: string): boolean {
  return /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u.test(cluster);
}

function isWide(cluster: string): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(
    cluster,
  );
}
