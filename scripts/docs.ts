/**
 * Writes the tables in docs/ from those that the program works by. With --check it writes nothing
 * and exits 1 when a page has drifted.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { GENERATED_PAGES, withTables } from '../src/topics/markdown.js';

const check = process.argv.includes('--check');
for (const page of GENERATED_PAGES) {
  const text = readFileSync(page, 'utf8');
  const fresh = withTables(text);
  if (!check) {
    writeFileSync(page, fresh);
  } else if (text !== fresh) {
    console.error(`${page} is not what the program's tables say: run npm run docs:write`);
    process.exitCode = 1;
  }
}
