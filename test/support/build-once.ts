import { execFileSync } from 'node:child_process';

/** Builds `dist/` once before the suites run: the command-line tests start the real program. */
export default function buildOnce(): void {
  execFileSync(process.execPath, ['scripts/build.js', '--no-types'], { stdio: 'inherit' });
}
