import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await raiseSandbox();
  await sandbox.as('alice', ['send', 'bob', '--json', '{"order": 1}']);
  await sandbox.as('bob', ['listen', '--until-empty']);
});
afterAll(async () => {
  await sandbox.remove();
});

function prune(profile: string, ...args: string[]) {
  return sandbox.as(profile, ['message', 'prune', ...args]);
}

describe('msg message prune', () => {
  it.each([
    [[], 'either --older-than or --before'],
    [['--older-than', '1d', '--before', '2020-01-01'], 'either --older-than or --before'],
    [['--older-than', 'soon'], 'not a duration'],
    [['--before', '2999-01-01'], 'lies in the future'],
    [['--older-than', '0s'], 'answer with --yes'],
  ])('refuses %j with exit code 2, and forgets nothing', async (args, sentence) => {
    const { code, stdout, stderr } = await prune('bob', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect((await sandbox.as('bob', ['message', 'list'])).stdout).toContain('done');
  });

  it('only counts in a dry run', async () => {
    for (let time = 0; time < 2; time++) {
      const { stdout } = await prune('bob', '--older-than', '0s', '--dry-run', '--json');
      expect(jsonLines(stdout)).toMatchObject([{ state: 'dry-run', receivedBytes: 1 }]);
    }
  });

  it('keeps the ids of what the log still has, so that it is not delivered again', async () => {
    const { code, stdout } = await prune('bob', '--older-than', '0s', '--yes', '--json');
    expect(code).toBe(0);
    expect(jsonLines(stdout)).toMatchObject([
      { state: 'pruned', receivedBytes: 1, receivedIds: 0, floors: [] },
    ]);
    const again = await sandbox.as('bob', ['inbox', 'seek', 'earliest', '--yes']);
    expect(again.code).toBe(0);
    const listened = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(listened).toMatchObject({ code: 0, stdout: '' });
    const exported = await sandbox.as('bob', ['message', 'replay', '--all']);
    expect(exported.stderr).toContain('no longer kept');
  });

  it('forgets what was sent altogether', async () => {
    const { stdout } = await prune('alice', '--older-than', '0s', '--yes', '--json');
    expect(jsonLines(stdout)).toMatchObject([{ sentIds: 1 }]);
    expect(await sandbox.as('alice', ['message', 'list'])).toMatchObject({ code: 0, stdout: '' });
  });
});
