import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { hasKafka } from '../support/kafka.js';
import { msg, RunningMsg, type Ended } from '../support/msg.js';
import { processesNaming } from '../support/processes.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

/** A MSG_HOME whose sandbox is stopped after the test, whatever became of it. */
function newHome(): string {
  const home = temporaryDirectory();
  onTestFinished(() => {
    for (const pid of processesNaming(home)) process.kill(pid, 'SIGKILL');
  });
  return home;
}

async function run(home: string, ...args: string[]): Promise<Ended> {
  const ended = await msg(args, { home });
  expect(ended).toMatchObject({ code: 0 });
  return ended;
}

/** Every file below a home, except the program's own compiled code, which any run leaves. */
function filesIn(home: string): string[] {
  const all = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return all.filter((name) => !/^cache(?:\/code(?:\/.*)?)?$/.test(name)).sort();
}

/** Raises a sandbox, and does what leaves something: messages both ways, and changes of the directory. */
async function useSandbox(home: string): Promise<void> {
  await run(home, 'sandbox', 'up');
  await run(home, '-p', 'alice', 'send', 'bob', '--json', '1', '--receipt');
  await run(home, '-p', 'bob', 'listen', '--until-empty');
  await run(home, '-p', 'bob', 'revoke', '--reason', 'superseded', '--yes');
}

describe('a purge of the sandbox', () => {
  it('leaves nothing where there was nothing before but room for a ledger', async () => {
    const home = newHome();
    mkdirSync(join(home, 'state', 'alice'), { recursive: true, mode: 0o700 });
    await useSandbox(home);
    expect(filesIn(home).filter((name) => name.includes('nonce-')).length).toBeGreaterThan(0);
    await run(home, 'sandbox', 'down', '--purge');
    expect(filesIn(home)).toEqual([]);
  });

  it('leaves what there was before: profiles, and what they know of another chain', async () => {
    const [home, other] = [newHome(), newHome()];
    // Another network, whose peer has a profile in this home.
    await run(other, 'sandbox', 'up');
    const { profiles } = JSON.parse(
      readFileSync(join(other, 'config', 'profiles.json'), 'utf8'),
    ) as { profiles: Record<string, unknown> };
    const file = join(home, 'config', 'profiles.json');
    mkdirSync(join(home, 'config'), { mode: 0o700 });
    writeFileSync(
      file,
      JSON.stringify({ current: 'carol', profiles: { carol: profiles['alice'] } }),
      {
        mode: 0o600,
      },
    );
    const peers = async (): Promise<unknown[]> =>
      jsonLines((await run(home, 'peer', 'list', '--json')).stdout);
    const [known, before] = [await peers(), filesIn(home)];
    await useSandbox(home);
    await run(home, 'sandbox', 'down', '--purge');
    expect(filesIn(home)).toEqual(before);
    await run(other, 'sandbox', 'down');
    expect(known).toHaveLength(2);
    expect(await peers()).toEqual(known);
  });

  it.runIf(hasKafka)(
    'takes what an up has left that was killed, whose processes end with it',
    async () => {
      const home = newHome();
      const up = new RunningMsg(['sandbox', 'up', '--kafka'], { home });
      await until('broker and chain are starting', () => processesNaming(home).length > 1);
      up.child.kill('SIGKILL');
      await up.ended;
      await until('they have ended', () => processesNaming(home).length === 0);
      const refused = await msg(['sandbox', 'down'], { home });
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      const purged = await run(home, 'sandbox', 'down', '--purge');
      expect(purged.stderr).toBe('msg: removed what a sandbox that never came up has left\n');
      expect(filesIn(home)).toEqual([]);
    },
  );

  it('never takes keys of a profile that was removed: there is no sandbox beside them', async () => {
    const home = newHome();
    const keys = join(home, 'data', 'alice', 'keys');
    mkdirSync(keys, { recursive: true });
    writeFileSync(join(keys, 'current'), 'a key');
    const refused = await msg(['sandbox', 'up'], { home });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`there is ${keys} of a former profile alice already`);
    expect(refused.stderr).toContain('hint: set MSG_HOME to another directory for the sandbox');
    expect(filesIn(home)).toEqual([
      'data',
      'data/alice',
      'data/alice/keys',
      'data/alice/keys/current',
    ]);
  });
});
