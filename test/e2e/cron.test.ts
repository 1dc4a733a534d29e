import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

/** A cron of our own sees the tables of this test only, and runs beside the system's. */
const ALONE = `
  mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/spool/cron && mount -t tmpfs tmpfs /etc/cron.d &&
  mount --bind /dev/null /etc/crontab && mkdir -m 1730 /var/spool/cron/crontabs &&
  cp "$TABLE" /var/spool/cron/crontabs/root && chmod 600 /var/spool/cron/crontabs/root && exec cron -f`;

const isPossible = process.env['CI'] === 'true' || canRunCron();
if (!isPossible) console.warn('test/e2e/cron skipped: it takes root, unshare and cron');

describe.runIf(isPossible)('msg batch from a crontab', () => {
  let sandbox: Sandbox;
  let outgoing: string;
  let sink: string;
  let cron: ChildProcess;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
    [outgoing, sink] = [join(sandbox.home, 'outgoing'), join(sandbox.home, 'sink')];
    mkdirSync(outgoing);
    const table = join(sandbox.home, 'crontab');
    writeFileSync(table, tableFor(sandbox, outgoing));
    const flags = ['--mount', 'sh', '-c', ALONE];
    cron = spawn('unshare', flags, { env: { ...process.env, TABLE: table }, stdio: 'ignore' });
  });
  afterAll(async () => {
    cron.kill('SIGTERM');
    if (cron.exitCode === null && cron.signalCode === null) await once(cron, 'close');
    await sandbox.remove();
  });

  /** Old enough for --settle. */
  function put(name: string, content: string): void {
    const aMinuteAgo = new Date(Date.now() - 60_000);
    writeFileSync(join(outgoing, name), content);
    utimesSync(join(outgoing, name), aMinuteAgo, aMinuteAgo);
  }

  const delivered = (): Record<string, string> =>
    Object.fromEntries(
      (existsSync(sink) ? readdirSync(sink) : [])
        .filter((name) => !name.startsWith('.'))
        .map((name) => [name, readFileSync(join(sink, name), 'utf8')]),
    );

  it('sends with the documented line what is new each time, and nothing twice', async () => {
    const listener = sandbox.start('bob', ['listen', '--out', sink]);
    const files: Record<string, string> = { 'a.txt': 'one', 'b.txt': 'two', 'c.txt': 'three' };
    for (const [name, content] of Object.entries(files)) put(name, content);
    await until('cron has sent them', () => Object.keys(delivered()).length >= 3, 150_000);
    put('a.txt', 'one');
    put('d.txt', 'four');
    await until('cron has sent the new one', () => 'd.txt' in delivered(), 150_000);
    expect(delivered()).toEqual({ ...files, 'd.txt': 'four' });
    listener.child.kill('SIGTERM');
    expect(await listener.ended).toMatchObject({ code: 0 });
  }, 400_000);
});

/** The line of docs/operations.md, each minute, for alice, who sends to bob. */
function tableFor({ home }: Sandbox, outgoing: string): string {
  const line = /^\*\/5 \* \* \* \* {2}(msg --profile acme batch .*)$/m.exec(
    readFileSync('docs/operations.md', 'utf8'),
  )?.[1];
  if (line === undefined) throw new Error('docs/operations.md shows no crontab');
  const command = line
    .replace('--profile acme', '--profile alice')
    .replace('--to acme', '--to bob')
    .replace('/var/spool/msg/acme', outgoing);
  const bin = join(home, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'msg'),
    `#!/bin/sh\nexec ${process.execPath} ${resolve('bin/msg.js')} "$@"\n`,
  );
  chmodSync(join(bin, 'msg'), 0o755);
  return `MSG_HOME=${home}\nPATH=${bin}:/usr/bin:/bin\n* * * * * ${command}\n`;
}

function canRunCron(): boolean {
  if (process.getuid?.() !== 0 || spawnSync('sh', ['-c', 'command -v cron']).status !== 0)
    return false;
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/run']).status === 0;
}
