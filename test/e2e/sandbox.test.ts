import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { directoriesOf } from '../../src/config/directories.js';
import { openProfileStore } from '../../src/config/profile-store.js';
import { isRunning } from '../../src/sandbox/process.js';
import { msg, RunningMsg, type Ended, type RunOptions } from '../support/msg.js';
import { processesNaming } from '../support/processes.js';
import { sandboxDirectoryIn } from '../support/sandbox-parts.js';
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

async function up(home: string, ...flags: string[]): Promise<Ended> {
  return msg(['sandbox', 'up', ...flags], { home });
}

function run(home: string, ...args: string[]): Promise<Ended> {
  return msg(args, { home });
}

const HELLO = ['--profile', 'alice', 'send', 'bob', '--json', '{"hello":"bob"}'];
const LISTEN = ['--profile', 'bob', 'listen', '--until-empty'];

describe('msg demo', () => {
  it('plays everything and leaves neither a process nor a file behind', async () => {
    const scratch = temporaryDirectory();
    const ended = await msg(['demo'], { home: temporaryDirectory(), env: { TMPDIR: scratch } });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain("alice has bob's signed receipt");
    expect(ended.stdout).toContain('alice alone has the reply');
    expect(ended.stdout).toContain('openssl alone opened the captured message');
    expect(await readdir(scratch)).toEqual([]);
    expect(processesNaming(scratch)).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted either', async () => {
    const scratch = newHome();
    const env = { TMPDIR: scratch };
    const demo = new RunningMsg(['demo', '--keep'], { home: temporaryDirectory(), env });
    await until('the chain has been started', () => demo.stdout.includes('started a local chain'));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toMatchObject({ code: 130, signal: null });
    expect(demo.stderr).toContain('SIGINT: finishing the step in hand');
    expect(await readdir(scratch)).toEqual([]);
    expect(processesNaming(scratch)).toEqual([]);
  });

  it('leaves the network up with --keep, until it is purged', async () => {
    const scratch = newHome();
    const args = ['demo', '--keep', '--json'];
    const { code, stdout } = await msg(args, { home: scratch, env: { TMPDIR: scratch } });
    expect(code).toBe(0);
    const { kept } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { kept: string };
    expect(await run(kept, ...HELLO)).toMatchObject({ code: 0 });
    expect((await run(kept, ...LISTEN)).stdout).toContain('{"hello":"bob"}');
    const down = await run(kept, 'sandbox', 'down', '--purge');
    expect(down).toMatchObject({ code: 0, stderr: 'msg: stopped the sandbox\n' });
    expect(processesNaming(scratch)).toEqual([]);
    const left = await readdir(kept);
    expect(left.filter((name) => ['config', 'data', 'state'].includes(name))).toEqual([]);
    expect(await readdir(join(kept, 'cache'))).toEqual(['code']);
    expect((await run(kept, ...HELLO)).stderr).toContain('no profile "alice"');
  });
});

describe('msg sandbox', () => {
  it('says that it is up already, and does not take other options for granted', async () => {
    const home = newHome();
    const first = await up(home);
    expect(first).toMatchObject({ code: 0 });
    const second = await up(home);
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(second.stderr).toBe('msg: the sandbox is up already; "msg sandbox down" stops it\n');
    for (const other of [['--kafka'], ['--chain-port', '1']]) {
      const refused = await up(home, ...other);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('the sandbox is up already, otherwise than asked for');
    }
    expect((await run(home, 'sandbox', 'status')).stdout).toContain('sandbox    up (embedded)\n');
  });

  it('goes on after a stop: peers, profiles and messages are still there', async () => {
    const home = newHome();
    await up(home);
    const before = await run(home, ...HELLO);
    expect(before.code).toBe(0);
    expect((await run(home, 'sandbox', 'down')).stderr).toBe('msg: stopped the sandbox\n');
    expect(processesNaming(home)).toEqual([]);
    const status = await run(home, 'sandbox', 'status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'down', profiles: ['alice', 'bob'] });
    expect((await up(home)).code).toBe(0);
    const after = await run(home, ...HELLO, '--book-max-age', '0', '--book-max-stale', '0');
    expect(after).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await run(home, ...LISTEN);
    expect(code).toBe(0);
    expect(stdout).toContain(before.stdout.trim());
    expect(stdout).toContain(after.stdout.trim());
  });

  it('begins anew after a purge, as if there had never been another', async () => {
    const home = newHome();
    for (let round = 1; round <= 2; round++) {
      expect(await up(home)).toMatchObject({ code: 0 });
      expect(await run(home, ...HELLO)).toMatchObject({ code: 0, stderr: '' });
      expect((await run(home, 'sandbox', 'down', '--purge')).code).toBe(0);
    }
    const gone = await run(home, 'sandbox', 'status');
    expect(gone).toMatchObject({ code: 2, stdout: '' });
    expect(gone.stderr).toContain('there is no sandbox\nmsg: hint: ');
  });

  it('stops what it had started when it is interrupted on the way', async () => {
    const home = newHome();
    const raising = new RunningMsg(['sandbox', 'up'], { home });
    await until('the chain runs', () => raising.stderr.includes('started a local chain'));
    raising.child.kill('SIGINT');
    expect(await raising.ended).toMatchObject({ code: 130, stdout: '' });
    expect(processesNaming(home)).toEqual([]);
    expect(await up(home)).toMatchObject({ code: 0 });
    expect(await run(home, ...HELLO)).toMatchObject({ code: 0 });
  });

  it('touches no process that has got the id of its own', async () => {
    const home = newHome();
    await up(home);
    await run(home, 'sandbox', 'down');
    const stranger = spawn('sleep', ['600']);
    onTestFinished(() => {
      stranger.kill('SIGKILL');
    });
    const path = join(sandboxDirectoryIn(home), 'network.json');
    const network = JSON.parse(await readFile(path, 'utf8')) as { chain: object };
    const recycled = { ...network, chain: { ...network.chain, pid: stranger.pid } };
    await writeFile(path, JSON.stringify(recycled));
    expect((await run(home, 'sandbox', 'status')).stdout).toContain('sandbox    down (embedded)\n');
    const down = await run(home, 'sandbox', 'down');
    expect(down).toMatchObject({ code: 0, stderr: 'msg: the sandbox was not up\n' });
    expect(await up(home)).toMatchObject({ code: 0 });
    expect(isRunning(stranger.pid ?? 0)).toBe(true);
  });

  it('says which port is taken', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = String(typeof address === 'object' ? address?.port : undefined);
    const home = newHome();
    const refused = await up(home, '--chain-port', port);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `msg: error: cannot listen on 127.0.0.1:${port} (EADDRINUSE)\nmsg: hint: stop the program that uses the port, or choose another port\n`,
    );
    expect(await up(home, '--broker-port', port)).toMatchObject({ code: 2, stdout: '' });
    expect(processesNaming(home)).toEqual([]);
  });
});

describe("somebody else's profile of the name alice", () => {
  const profilesIn = (home: string) =>
    openProfileStore(directoriesOf({ env: { MSG_HOME: home }, home: homedir(), cwd: home }), {
      ...{ directory: home, home: homedir() },
    });

  it('is neither overwritten nor given a key of the sandbox', async () => {
    const home = newHome();
    profilesIn(home).create('alice', { peer: 'alice', 'trust.anchors': join(home, 'own.pem') });
    const file = join(home, 'config', 'profiles.json');
    const before = await readFile(file, 'utf8');
    const refused = await up(home);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(
      "there is a profile alice already, and it is not the sandbox's",
    );
    expect(await readFile(file, 'utf8')).toBe(before);
    expect((await readdir(home)).filter((name) => name !== 'cache')).toEqual(['config']);
    expect(processesNaming(home)).toEqual([]);
  });

  it('keeps its keys and its ledger at a purge', async () => {
    const home = newHome();
    await up(home);
    await run(home, ...HELLO);
    profilesIn(home).set('alice', { 'trust.anchors': join(home, 'own.pem') });
    const down = await run(home, 'sandbox', 'down', '--purge');
    expect(down.code).toBe(0);
    expect(down.stderr).toContain('warning: kept the profile alice, its keys and ledger');
    expect([...profilesIn(home).read().profiles.keys()]).toEqual(['alice']);
    expect(await readdir(join(home, 'data'))).toEqual(['alice']);
    expect(await readdir(join(home, 'state'))).toEqual(['alice']);
  });
});

describe('a missing tool', () => {
  async function expectMissing(options: RunOptions, flags: string[], error: RegExp): Promise<void> {
    const ended = await msg(['sandbox', 'up', ...flags], options);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(error);
    expect(ended.stderr).toMatch(/\nmsg: hint: install /);
    expect(processesNaming(options.home)).toEqual([]);
  }

  it('is named: Java', async () => {
    const env = { PATH: temporaryDirectory() };
    await expectMissing({ home: newHome(), env }, ['--kafka'], /java is not there/);
  });

  it('is named: Maven, where the broker has to be fetched', async () => {
    const tools = temporaryDirectory();
    const java = resolveOnPath('java');
    await symlink(java, join(tools, 'java'));
    const env = { PATH: tools, MSG_CACHE: temporaryDirectory() };
    await expectMissing({ home: newHome(), env }, ['--kafka'], /mvn is not there/);
  });

  it('is named: anvil, in an installation without optional packages', async () => {
    const place = temporaryDirectory();
    for (const part of ['bin', 'dist', 'package.json']) {
      await cp(resolve(part), join(place, part), { recursive: true });
    }
    await mkdir(join(place, 'node_modules'));
    await symlink(resolve('node_modules/libsql'), join(place, 'node_modules', 'libsql'));
    const home = newHome();
    const child = spawn(process.execPath, [join(place, 'bin/msg.js'), 'sandbox', 'up'], {
      env: { ...process.env, MSG_HOME: home },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
    const code = await new Promise((ended) => child.on('close', ended));
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /^msg: error: the local chain needs anvil, which is not installed for .*\nmsg: hint: install it with: npm install /,
      ) as string,
    });
  });
});

/** Where a program of the PATH lies. */
function resolveOnPath(program: string): string {
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    const path = join(directory, program);
    if (existsSync(path)) return path;
  }
  throw new Error(`${program} is needed for this test`);
}
