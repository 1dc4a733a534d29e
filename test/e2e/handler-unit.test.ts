import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

const UNIT = readFileSync('examples/systemd/msg-handler@.service', 'utf8');
const isPossible = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!isPossible && process.env['CI'] !== 'true') {
  console.warn('test/e2e/handler-unit skipped in part: systemd-analyze is missing');
}

describe('the unit that has a handler run', () => {
  let sandbox: Sandbox;
  let etc: string;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
    etc = await mkdtemp(join(tmpdir(), 'msg-unit-'));
  });
  afterAll(async () => {
    await sandbox.remove();
    await rm(etc, { recursive: true, force: true });
  });

  it.skipIf(!isPossible && process.env['CI'] !== 'true')(
    'leaves systemd-analyze nothing to say',
    async () => {
      const path = join(etc, 'msg-handler@acme.service');
      await writeFile(path, UNIT.replaceAll('/usr/bin/msg', resolve('bin/msg.js')));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], {
        encoding: 'utf8',
      });
      const about = stderr.split('\n').filter((line) => line.includes('msg-handler'));
      expect({ status, about }).toEqual({ status: 0, about: [] });
    },
  );

  it('starts the listener with its command line as it is written', async () => {
    const seen = join(etc, 'seen');
    await writeFile(join(etc, 'bob.handler'), `#!/bin/sh\necho "$MSG_FROM $(cat)" >> '${seen}'\n`);
    await chmod(join(etc, 'bob.handler'), 0o755);
    await writeFile(join(etc, 'passphrase'), 'unused: the sandbox has plain keys\n', {
      mode: 0o600,
    });
    const line = /^ExecStart=\/usr\/bin\/msg (.*)$/m.exec(UNIT)?.[1] ?? '';
    const [profileFlag, , ...args] = line
      .replaceAll('/etc/msg', etc)
      .replaceAll('%i', 'bob')
      .replaceAll('%d', etc)
      .split(' ');
    expect(profileFlag).toBe('--profile');
    const listener = sandbox.start('bob', args);
    expect((await sandbox.as('alice', ['send', 'bob', '--json', '{"n":1}'])).code).toBe(0);
    const text = await until('it was handled', () => readFile(seen, 'utf8').catch(() => ''));
    expect(text).toBe('alice {"n":1}\n');
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toMatchObject({ code: 0 });
  });
});
