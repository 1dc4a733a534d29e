import { execFileSync } from 'node:child_process';

/** Builds what is run, unless somebody has seen to that. */
export function buildUnless(isBuilt: boolean): void {
  if (isBuilt) return;
  execFileSync(process.execPath, ['scripts/build.js', '--no-types'], { stdio: 'ignore' });
}

/** Tells what happens, and when, to whoever looks on. */
export function say(sentence: string): void {
  process.stderr.write(`${new Date().toISOString()} ${sentence}\n`);
}
