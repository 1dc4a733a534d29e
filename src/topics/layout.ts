/** Breaks text into lines of at most so many columns, between words. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** Text as a paragraph. */
export function paragraph(text: string, columns: number): string {
  return wrap(text, columns).join('\n');
}

/** Terms in a column of their own, each with its explanation beside it. */
export function definitions(
  entries: readonly (readonly [term: string, explanation: string])[],
  columns: number,
): string {
  const width = Math.max(...entries.map(([term]) => term.length));
  return entries
    .flatMap(([term, explanation]) =>
      wrap(explanation, Math.max(columns - width - 4, 20)).map((line, index) =>
        `  ${(index === 0 ? term : '').padEnd(width)}  ${line}`.trimEnd(),
      ),
    )
    .join('\n');
}

/** Terms with their explanations below, for terms that are long. */
export function outlined(
  entries: readonly (readonly [term: string, explanation: string])[],
  columns: number,
): string {
  return entries
    .map(([term, explanation]) =>
      [
        ...(term.length > columns ? wrap(term, columns) : [term]),
        ...wrap(explanation, columns - 4).map((line) => `    ${line}`),
      ].join('\n'),
    )
    .join('\n');
}
