import type { Attested } from '../domain/attested.js';
import { MsgError } from '../errors.js';

const WORDS: readonly Attested[] = ['received', 'processed'];

/**
 * The kinds of receipts that options name, each once and in the order of time; undefined for none.
 *
 * @throws MsgError `usage`
 */
export function parseReceiptWords(
  texts: readonly string[] | undefined,
): readonly Attested[] | undefined {
  const words = (texts ?? []).flatMap((text) => text.split(',')).map(parseWord);
  return words.length === 0 ? undefined : WORDS.filter((word) => words.includes(word));
}

function parseWord(text: string): Attested {
  const word = WORDS.find((one) => one === text);
  if (word !== undefined) return word;
  throw new MsgError('usage', `no kind of receipt: ${JSON.stringify(text.slice(0, 40))}`, {
    hint: 'received or processed; without either, write the option after the peers and the file',
  });
}
