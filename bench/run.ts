/**
 * `npm run bench -- NAME [--json]`: runs one of the programs below. Each prints a table of what it
 * measured beside what it compares itself with, in one run, and with `--json` one line of JSON last.
 */
const PROGRAMS: Readonly<Record<string, () => Promise<unknown>>> = {
  envelope: () => import('./envelope.js'),
  directory: () => import('./directory.js'),
  gas: () => import('./gas.js'),
  'cold-start': () => import('./cold-start.js'),
  transport: () => import('./transport.js'),
  delivery: () => import('./delivery.js'),
  messages: () => import('./messages.js'),
  ledger: () => import('./ledger.js'),
  large: () => import('./large.js'),
  memory: () => import('./memory.js'),
};

const name = process.argv[2] ?? '';
const start = PROGRAMS[name];
if (start === undefined) {
  const names = Object.keys(PROGRAMS).join(', ');
  process.stderr.write(`usage: npm run bench -- NAME [--json], where NAME is one of: ${names}\n`);
  process.exitCode = 2;
} else {
  await start();
}
