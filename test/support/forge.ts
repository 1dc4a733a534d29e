import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe } from 'vitest';

/** What a run of forge said. */
export interface ForgeResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = findForge();

/**
 * `describe` for suites that run Foundry's forge: where npm has none for this machine they are
 * skipped, saying so in one line; with CI=true they run, and so fail.
 */
export const describeWithForge =
  program === undefined && process.env['CI'] !== 'true' ? describe.skip.bind(undefined) : describe;

if (program === undefined) {
  console.warn('skipped: the Solidity tests, since @foundry-rs/forge is not installed here');
}

/** Runs forge at the repository's root, with the configuration of the Solidity tests. */
export function forge(args: readonly string[]): ForgeResult {
  if (program === undefined) throw new Error('@foundry-rs/forge is not installed');
  const [command = '', ...rest] = args;
  const env = { ...process.env, FOUNDRY_CONFIG: 'test/registry/solidity/foundry.toml' };
  const { status, stdout, stderr, error } = spawnSync(program, [command, '--root', '.', ...rest], {
    env,
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** The program itself, not its npm wrapper, which takes longer to start. */
function findForge(): string | undefined {
  const require = createRequire(import.meta.url);
  const machine = process.arch === 'x64' ? 'amd64' : process.arch;
  const file = `bin/forge${process.platform === 'win32' ? '.exe' : ''}`;
  try {
    const wrapper = createRequire(require.resolve('@foundry-rs/forge/package.json'));
    return wrapper.resolve(`@foundry-rs/forge-${process.platform}-${machine}/${file}`);
  } catch {
    return undefined;
  }
}
