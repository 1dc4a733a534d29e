import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { msg } from '../support/msg.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const run = (...args: string[]) => msg(args, { home: temporaryDirectory() });

function manifestVersion(): unknown {
  const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? manifest.version
    : undefined;
}

describe('msg by itself', () => {
  it('prints its help on stdout and is content', async () => {
    const { code, stdout, stderr } = await run();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: msg [options] [command]');
    expect(stdout).toMatch(/^ {2}send .*seal a file/m);
  });

  it('prints what --help prints', async () => {
    expect((await run()).stdout).toBe((await run('--help')).stdout);
  });

  it.each(['--version', '-V'])('%s prints the version of its package', async (flag) => {
    expect(await run(flag)).toMatchObject({
      ...{ code: 0, stdout: `${String(manifestVersion())}\n`, stderr: '' },
    });
  });
});

describe('a command line that cannot be understood', () => {
  it.each([
    [['mesage'], "unknown command 'mesage'", 'did you mean message'],
    [
      ['message'],
      'msg message needs a command',
      'one of list, show, export, replay, missing, prune',
    ],
    [['message', 'lst'], "unknown command 'lst'", 'did you mean list'],
    [['message', 'list', '--jsn'], "unknown option '--jsn'", 'did you mean --json'],
    [['--transprt', 'x'], "unknown option '--transprt'", 'did you mean --transport'],
    [['profile', 'use'], "missing required argument 'profile'", 'see "msg profile use --help"'],
    [
      ['batch', '--to', 'bob', 'spool'],
      "missing required argument 'source'",
      '--to takes every word behind it: write the source before --to',
    ],
    [
      ['profile', 'list', 'a'],
      "too many arguments for 'list'",
      'expected 0 arguments but got 1: see "msg profile list --help"',
    ],
    [
      ['--color', 'pink', 'profile', 'list'],
      "option '--color <when>' argument 'pink' is invalid",
      'allowed choices are auto, always, never',
    ],
    [['help', 'mesage'], 'no command or topic "mesage"', 'did you mean message'],
  ])('%j is explained, with exit code 2', async (args, message, hint) => {
    expect(await run(...args)).toMatchObject({
      ...{ code: 2, stdout: '', stderr: `msg: error: ${message}\nmsg: hint: ${hint}\n` },
    });
  });

  it.each([[['profile', 'list', 'a', '--json']], [['--format', 'json', 'profile', 'lst']]])(
    '%j is explained in JSON',
    async (args) => {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage', retryable: false } });
    },
  );
});

describe('msg help', () => {
  it('explains a command of any depth', async () => {
    const { code, stdout } = await run('help', 'message', 'list');
    expect(code).toBe(0);
    expect(stdout).toBe((await run('message', 'list', '--help')).stdout);
  });

  it.each([
    ['settings', /^chain\.url {2}--chain-url {2}MSG_CHAIN_URL$/m],
    ['environment', /^ {2}MSG_PROFILE {2}/m],
    ['exit-codes', /^ {3}75 broker-unreachable \* +no broker answers$/m],
    ['json', /^ {2}error\.retryable {2}/m],
  ])('explains %s on stdout, no line wider than a terminal', async (topic, line) => {
    const { code, stdout, stderr } = await run('help', topic);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(line);
    expect(stdout.split('\n').filter((one) => one.length > 80)).toEqual([]);
  });
});
