/** What every program of this folder exports. */
export interface Torture {
  /** @param args The command line behind the program's name, without `--json`. */
  readonly run: (args: readonly string[]) => Promise<Verdict>;
}

/** What a program found out. */
export interface Verdict {
  readonly promises: readonly PromiseVerdict[];
  /** What was measured and counted, by name, in the unit that the name says. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** A promise in a sentence, and everything that breaks it. */
export interface PromiseVerdict {
  readonly promise: string;
  /** A sentence for each breach; empty where the promise was kept. */
  readonly breaches: readonly string[];
}

/** So many breaches of one promise are printed; the rest is counted. */
const SHOWN = 10;

/**
 * Prints a verdict, as text or as one line of JSON.
 *
 * @returns Whether every promise was kept.
 */
export function printVerdict(name: string, verdict: Verdict, asJson: boolean): boolean {
  const { promises, figures } = verdict;
  const kept = promises.every(({ breaches }) => breaches.length === 0);
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ name, kept, ...verdict })}\n`);
    return kept;
  }
  const width = Math.max(...Object.keys(figures).map((label) => label.length));
  const lines = Object.entries(figures).map(
    ([label, value]) => `${label.padEnd(width)}  ${String(value)}`,
  );
  process.stdout.write(
    [...lines, ...promises.flatMap(linesOf)].map((line) => `${line}\n`).join(''),
  );
  return kept;
}

function linesOf({ promise, breaches }: PromiseVerdict): string[] {
  if (breaches.length === 0) return [`kept    ${promise}`];
  const more = breaches.length > SHOWN ? [`        and ${breaches.length - SHOWN} more`] : [];
  const shown = breaches.slice(0, SHOWN).map((breach) => `        ${breach}`);
  return [`BROKEN  ${promise} (${breaches.length})`, ...shown, ...more];
}
