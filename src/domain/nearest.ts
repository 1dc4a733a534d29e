/**
 * The candidate that the word was probably meant to be: fewest typing slips (insertion, deletion,
 * substitution, swapped neighbours), at most a third of the word's length and never more than three.
 * A word that is the beginning of exactly one candidate means that candidate.
 *
 * @returns undefined when nothing is near enough; the first of several equally near ones.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const folded = word.toLowerCase();
  const list = [...candidates];
  const completions = list.filter((one) => folded !== '' && one.toLowerCase().startsWith(folded));
  if (completions.length === 1) return completions[0];
  let best: { readonly candidate: string; readonly slips: number } | undefined;
  for (const candidate of list) {
    const slips = distance(folded, candidate.toLowerCase());
    if (slips < (best?.slips ?? Infinity)) best = { candidate, slips };
  }
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  return best !== undefined && best.slips <= limit ? best.candidate : undefined;
}

/** `did you mean X`, as an error's hint; the fallback when nothing is near. */
export function suggestion(word: string, candidates: Iterable<string>, fallback: string): string {
  const match = nearest(word, candidates);
  return match === undefined ? fallback : `did you mean ${match}`;
}

/** Optimal string alignment distance: Levenshtein's, with a swap of neighbours counted once. */
function distance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const steps = [
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      ];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) steps.push(at(beforePrevious, column - 2) + 1);
      current.push(Math.min(...steps));
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
