/**
 * `npm run torture -- NAME [--json] [options of the program]`: runs one of the programs below against
 * real parts, and judges afterwards what it saw. Exit code 0: every promise was kept; 1: one was
 * broken; 2: wrong use.
 */
import type { Torture } from './verdict.js';
import { printVerdict } from './verdict.js';

const PROGRAMS: Readonly<Record<string, () => Promise<Torture>>> = {
  cluster: () => import('./cluster.js'),
  delivery: () => import('./delivery.js'),
  hostile: () => import('./hostile.js'),
  rotation: () => import('./rotation.js'),
};

// Whatever a program has started is ended when this process ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const [name = '', ...rest] = process.argv.slice(2);
const load = PROGRAMS[name];
if (load === undefined) {
  const names = Object.keys(PROGRAMS).join(', ');
  process.stderr.write(`usage: npm run torture -- NAME [--json], where NAME is one of: ${names}\n`);
  process.exitCode = 2;
} else {
  const { run } = await load();
  const verdict = await run(rest.filter((argument) => argument !== '--json'));
  process.exitCode = printVerdict(name, verdict, rest.includes('--json')) ? 0 : 1;
}
