import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { RunningMsg } from '../support/msg.js';
import { isStopped } from '../support/processes.js';
import { until } from '../support/until.js';

const SIZE = 12_000_000;

/** Kills or stops the process it is loaded into at a named moment. */
const CRASH = resolve('test/torture/delivery/crash-at.mjs');
const CRASHING = { NODE_OPTIONS: `--import ${CRASH}` };

/** Large payloads between two operators, which have to work the same over every transport. */
export function describeLargeExchange(name: string, ...flags: string[]): void {
  describe(`large payloads over ${name}`, () => {
    let sandbox: Sandbox;
    let content: Buffer;
    let path: string;

    beforeAll(async () => {
      sandbox = await raiseSandbox(...flags);
      content = randomBytes(SIZE);
      path = join(sandbox.files, 'dump.tar');
      await writeFile(path, content);
    });
    afterAll(async () => {
      await sandbox.remove();
    });

    const spooled = (profile: string): Promise<string[]> =>
      readdir(join(sandbox.home, 'state', profile, 'spool')).catch(() => []);

    const drain = (...args: string[]) => sandbox.as('bob', ['listen', '--until-empty', ...args]);

    it('arrive as files, and leave nothing in the spool', async () => {
      const sent = await sandbox.as('alice', ['send', 'bob', path, '--format', 'json']);
      expect(sent.code).toBe(0);
      expect(JSON.parse(sent.stdout)).toMatchObject({ state: 'sent', size: SIZE });
      const out = join(sandbox.files, 'out');
      const { code, stdout } = await drain('--out', out, '--json');
      expect(code).toBe(0);
      expect(jsonLines(stdout)).toMatchObject([
        {
          ...{
            kind: 'message',
            name: 'dump.tar',
            contentType: 'application/octet-stream',
            size: SIZE,
          },
          file: join(out, 'dump.tar'),
        },
      ]);
      expect((await readFile(join(out, 'dump.tar'))).equals(content)).toBe(true);
      expect((await stat(join(out, 'dump.tar'))).mode & 0o777).toBe(0o600);
      expect(await spooled('bob')).toEqual([]);
    });

    it('are delivered again by a look back, from where they had been delivered to', async () => {
      const sent = await sandbox.as('alice', ['send', 'bob', path, '--name', 'again.tar']);
      const delivered = join(sandbox.files, 'delivered');
      expect((await drain('--out', delivered)).code).toBe(0);
      const again = join(sandbox.files, 'again');
      const lookBack = ['--from', 'earliest', '--out', again, '--json'];
      const found = await drain(...lookBack);
      expect(found).toMatchObject({ code: 0 });
      const isIt = (line: Record<string, unknown>): boolean => line['id'] === sent.stdout.trim();
      const file = join(again, 'again.tar');
      expect(jsonLines(found.stdout).filter(isIt)).toMatchObject([{ replay: true, file }]);
      expect((await readFile(file)).equals(content)).toBe(true);

      await rm(join(delivered, 'again.tar'));
      const lost = await drain(...lookBack);
      expect(lost.code).toBe(6);
      expect(jsonLines(lost.stdout).filter(isIt)).toEqual([]);
      expect(lost.stderr).toContain(`${sent.stdout.trim()} from alice was not delivered again`);
    });

    it('come from standard input, and go to standard output', async () => {
      const sent = await sandbox.as('alice', ['send', 'bob', '-', '--compress'], content);
      expect(sent).toMatchObject({ code: 0, stderr: '' });
      const out = join(sandbox.files, 'piped');
      execFileSync(
        'sh',
        ['-c', 'exec "$0" bin/msg.js -p bob listen -n 1 --out - > "$OUT"', process.execPath],
        {
          env: { ...process.env, MSG_HOME: sandbox.home, OUT: out },
        },
      );
      expect((await readFile(out)).equals(content)).toBe(true);
    });

    it('become files of the state directory where no other is named', async () => {
      await sandbox.as('alice', ['send', 'bob', path]);
      const { stdout } = await drain('--json');
      const [line] = jsonLines(stdout) as { file: string }[];
      expect(line?.file).toContain(join('state', 'bob', 'received', 'dump'));
      expect((await readFile(line?.file ?? '')).equals(content)).toBe(true);
    });

    it('go on where they were when the sender is killed', async () => {
      const id = '01a208ad-322e-756d-a9d2-14c57cf0c463';
      const args = ['send', 'bob', path, '--id', id, '--name', 'killed.tar'];
      const env = { ...CRASHING, TORTURE_CRASH: 'send:chunk:4' };
      const first = new RunningMsg(['-p', 'alice', ...args], { home: sandbox.home, env });
      expect((await first.ended).signal).toBe('SIGKILL');
      expect(await sandbox.as('alice', args)).toMatchObject({ code: 0, stdout: `${id}\n` });
      const out = join(sandbox.files, 'resumed');
      await drain('--out', out);
      expect((await readFile(join(out, 'killed.tar'))).equals(content)).toBe(true);
    });

    it('leave nothing behind when a send from standard input is killed over it', async () => {
      const before = await spooled('alice');
      const env = { ...CRASHING, TORTURE_CRASH: 'send:spooled:1' };
      const args = ['-p', 'alice', 'send', 'bob', '-'];
      const killed = new RunningMsg(args, { home: sandbox.home, env, input: content });
      expect((await killed.ended).signal).toBe('SIGKILL');
      expect(await spooled('alice')).toHaveLength(before.length + 1);
      const flushed = await sandbox.as('alice', ['outbox', 'flush']);
      expect(flushed.code).toBe(0);
      expect(flushed.stderr).toContain('nothing waits');
      expect(await spooled('alice')).toEqual(before);
    });

    it('go on where they were when the receiver is killed again and again', async () => {
      const ids: string[] = [];
      for (const file of ['one.tar', 'two.tar', 'three.tar']) {
        const { stdout } = await sandbox.as('alice', ['send', 'bob', path, '--name', file]);
        ids.push(stdout.trim());
      }
      const out = join(sandbox.files, 'restarted');
      for (const point of ['receive:spooled:1', 'receive:stored:2', 'receive:spooled:3']) {
        const env = { ...CRASHING, TORTURE_CRASH: point };
        const args = ['-p', 'bob', 'listen', '--out', out, '--until-empty'];
        const { signal } = await new RunningMsg(args, { home: sandbox.home, env }).ended;
        expect(signal).toBe('SIGKILL');
      }
      await drain('--out', out);
      expect((await readdir(out)).sort()).toEqual(['one.tar', 'three.tar', 'two.tar']);
      for (const file of await readdir(out)) {
        expect(sha256(await readFile(join(out, file)))).toBe(sha256(content));
      }
      expect(await spooled('bob')).toEqual([]);
    });

    it('are not delivered when they changed on their way', async () => {
      const changing = join(sandbox.files, 'changing.log');
      await writeFile(changing, content);
      const half = { ...CRASHING, TORTURE_CRASH: 'send:chunk:2', TORTURE_SIGNAL: 'SIGSTOP' };
      const running = sandbox.start('alice', ['send', 'bob', changing], half);
      await until('a part of it is sent', () => isStopped(running.child.pid ?? 0), 60_000);
      await appendFile(changing, 'one more line\n');
      running.child.kill('SIGCONT');
      const { code, stderr, stdout } = await running.ended;
      expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
      expect(stderr).toContain('changed while it was being sent; nothing of it is delivered');
      const out = join(sandbox.files, 'changed');
      await drain('--out', out);
      expect(await readdir(out).catch(() => [])).toEqual([]);
      expect(await spooled('bob')).toEqual([]);
    });
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
