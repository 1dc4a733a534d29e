import { execFileSync, spawnSync } from 'node:child_process';
import { describe } from 'vitest';

/** What a run of openssl said. */
export interface OpensslResult {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the installed `openssl` with these arguments. */
export function openssl(args: readonly string[], input?: Uint8Array | string): OpensslResult {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, timeout: 30_000 });
  return { status, stdout, stderr: stderr.toString('utf8') };
}

/** Like {@link openssl}, but anything other than success is an error with what openssl said. */
export function opensslOk(args: readonly string[], input?: Uint8Array | string): string {
  const { status, stdout, stderr } = openssl(args, input);
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  return stdout.toString('utf8');
}

/**
 * `describe` for suites with OpenSSL 3 as the judge: where it is missing they are skipped, saying so
 * in one line; with CI=true they run, and so fail.
 */
export const describeWithOpenssl = isUsable() ? describe : describe.skip;

function isUsable(): boolean {
  if (process.env['CI'] === 'true') return true;
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8' });
    if (version.startsWith('OpenSSL 3')) return true;
    process.stderr.write(`skipped: OpenSSL 3 is needed, found ${version}`);
  } catch {
    process.stderr.write('skipped: the openssl command is not installed\n');
  }
  return false;
}
