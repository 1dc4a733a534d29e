import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const text = readFileSync('docs/security-model.md', 'utf8');

/** A row of a table, with the heading it stands under. */
interface Row {
  readonly section: string;
  readonly cells: readonly string[];
}

/** The rows of all tables under "Who can do what", without their heads. */
function rows(): readonly Row[] {
  const found: Row[] = [];
  let [chapter, section] = ['', ''];
  let isBody = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) chapter = line.slice(3);
    if (line.startsWith('### ')) section = line.slice(4);
    if (!line.startsWith('|')) isBody = false;
    else if (/^\|[ :|-]+\|$/.test(line)) isBody = true;
    else if (isBody && chapter === 'Who can do what') {
      const cells = line.slice(1, -1).split('|');
      found.push({ section, cells: cells.map((cell) => cell.trim()) });
    }
  }
  return found;
}

const testsIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = '']) => path);

describe('the security model', () => {
  it('has tables for everybody it speaks of', () => {
    expect([...new Set(rows().map(({ section }) => section))]).toEqual([
      'Another peer of the consortium',
      'An outsider with access to the brokers',
      'Who operates the brokers',
      'A chain node',
      'A certificate authority',
      'A thief',
    ]);
  });

  it.each(rows().map(({ section, cells }) => [section, cells[0] ?? '', cells.at(-1) ?? '']))(
    'names the tests that show it: %s, %s',
    (_section, _what, shownBy) => {
      const tests = testsIn(shownBy);
      expect(tests).not.toEqual([]);
      for (const path of tests) {
        expect(path).toMatch(/\.(?:test\.ts|t\.sol)$/);
        expect([path, existsSync(path)]).toEqual([path, true]);
      }
    },
  );

  it('names every test file it speaks of rightly, and every suite that plays an attacker', () => {
    for (const path of testsIn(text)) expect([path, existsSync(path)]).toEqual([path, true]);
    const attacks = readdirSync('test/attacks').filter((name) => name.endsWith('.test.ts'));
    const shown = rows().flatMap(({ cells }) => testsIn(cells.at(-1) ?? ''));
    expect(shown).toEqual(expect.arrayContaining(attacks.map((name) => `test/attacks/${name}`)));
  });
});
