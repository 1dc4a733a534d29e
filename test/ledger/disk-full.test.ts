import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { bundleProgram } from '../support/bundle-program.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Runs a command with a file system of its own, of so many bytes, mounted at the directory. */
function onSmallDisk(directory: string, bytes: number, command: readonly string[]): string {
  const mount = `mount -t tmpfs -o size=${bytes} tmpfs "$0" && exec "$@"`;
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', mount, directory, ...command];
  return execFileSync('unshare', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function canMount(): boolean {
  try {
    onSmallDisk(temporaryDirectory(), 65_536, ['true']);
    return true;
  } catch {
    return false;
  }
}

describe('a ledger on a full disk', async () => {
  const program = await bundleProgram('test/ledger/programs/disk-full.ts');

  test('says disk-full, keeps what it acknowledged, and goes on when there is room', ({ skip }) => {
    if (!canMount()) {
      if (process.env['CI'] === 'true')
        throw new Error('the suite needs to mount a tmpfs (unshare)');
      return skip('skipped: no file system can be mounted here (unshare)');
    }
    const directory = temporaryDirectory();
    const output = onSmallDisk(directory, 4_000_000, ['node', program, directory]);
    const report = JSON.parse(output) as Record<string, unknown>;
    const acknowledged = Number(report['acknowledged']);
    expect(report['failures']).toEqual(['disk-full', 'disk-full']);
    expect(Number(report['beforeFreeing'])).toBeGreaterThan(10);
    expect(acknowledged).toBeGreaterThan(Number(report['beforeFreeing']));
    expect(report).toMatchObject({ received: acknowledged, position: acknowledged });
  });

  test('forgets all of a step or nothing', async ({ skip }) => {
    if (!canMount()) return skip('skipped: no file system can be mounted here (unshare)');
    const pruner = await bundleProgram('test/ledger/programs/prune-disk-full.ts');
    const directory = temporaryDirectory();
    const output = onSmallDisk(directory, 8_000_000, ['node', pruner, directory]);
    const all = { outcome: 60, left: 0, floor: 1059 };
    const { full, freed } = JSON.parse(output) as Record<string, Record<string, unknown>>;
    // Pages are used again, so there may be room enough.
    expect([{ outcome: 'disk-full', left: 60 }, all]).toContainEqual(full);
    expect(freed).toMatchObject({ left: 0, floor: 1059 });
  });
});
