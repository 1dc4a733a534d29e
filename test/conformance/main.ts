// npm run conformance -- pkits [--json]: runs a public test-suite and says how many cases agree.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCases, runCase, type ReadVector } from './pkits.js';

const [suite, ...flags] = process.argv.slice(2);
if (suite !== 'pkits') {
  console.error('usage: npm run conformance -- pkits [--json]');
  process.exit(2);
}

const vectors = process.env['MSG_VECTORS'] ?? '../shared/vectors';
const read: ReadVector = (folder, name) => readFileSync(join(vectors, folder, name));
const results = readCases(read).map((test) => runCase(read, test));
const wrong = results.filter(({ expected, actual }) => expected !== actual);
const summary = {
  suite: 'NIST PKITS 2011',
  cases: results.length,
  right: results.length - wrong.length,
  falseAccepts: wrong.filter(({ actual }) => actual === 'accept').length,
  falseRefusals: wrong.filter(({ actual }) => actual === 'refuse').length,
};

if (flags.includes('--json')) {
  console.log(JSON.stringify({ ...summary, wrong }, null, 2));
} else {
  for (const { name, actual, reason } of wrong) {
    console.log(`WRONG  ${name}: ${actual}${reason === undefined ? '' : ` (${reason})`}`);
  }
  console.log(
    `${summary.right} of ${summary.cases} right, ${summary.falseAccepts} false accepts, ` +
      `${summary.falseRefusals} false refusals`,
  );
}
process.exitCode = wrong.length === 0 ? 0 : 1;
