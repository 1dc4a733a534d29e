import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import type { RunningMsg } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

/** Waiting for what comes back, which has to work the same over every transport. */
export function describeWaiting(name: string, ...flags: string[]): void {
  describe(`alice, waiting for bob over ${name}`, () => {
    let sandbox: Sandbox;

    beforeAll(async () => {
      sandbox = await raiseSandbox(...flags);
    });
    afterAll(async () => {
      await sandbox.remove();
    });

    const DOCUMENT = ['send', 'bob', '--json', '{"order":17}'];

    /** Starts a listener, and stops it when the work is done. */
    async function whileListening<T>(
      profile: string,
      args: readonly string[],
      work: (listener: RunningMsg) => Promise<T>,
    ): Promise<T> {
      const listener = sandbox.start(profile, ['listen', ...args]);
      const done = await work(listener);
      listener.child.kill('SIGTERM');
      expect((await listener.ended).code).toBe(0);
      return done;
    }

    it('gets a receipt with nobody listening at her own inbox', async () => {
      await whileListening('bob', ['--exec', 'cat'], async () => {
        const sent = await sandbox.as('alice', [...DOCUMENT, '--wait', 'processed']);
        expect(sent).toMatchObject({ code: 0, stderr: '' });
        const listed = await sandbox.as('alice', ['receipt', 'list', '--in', '--json']);
        expect(jsonLines(listed.stdout)).toMatchObject([
          { id: sent.stdout.trim(), peer: 'bob', says: 'processed' },
        ]);
      });
    });

    it('gets a receipt that her listener takes in', async () => {
      await whileListening('alice', ['--exec', 'cat'], async () =>
        whileListening('bob', ['--exec', 'cat'], async () => {
          const wait = ['--wait', '--format', 'json'];
          const sent = await sandbox.as('alice', [...DOCUMENT, ...wait]);
          expect(sent).toMatchObject({ code: 0, stderr: '' });
          expect(JSON.parse(sent.stdout)).toMatchObject({
            receipts: [{ peer: 'bob', says: 'received' }],
          });
        }),
      );
    });

    it('is told with exit code 5 that bob rejected it, and why', async () => {
      const refuse = `echo '{"reason":"unwanted"}' >/dev/null; exit 3`;
      await whileListening('bob', ['--exec', refuse], async () => {
        const sent = await sandbox.as('alice', [...DOCUMENT, '--wait', 'processed']);
        expect(sent.code).toBe(5);
        expect(sent.stderr).toContain(`bob rejected ${sent.stdout.trim()}: handler-failed`);
      });
    });

    it('is told with 75 that the time is over, and asks again under the same id', async () => {
      const sent = await sandbox.as('alice', [...DOCUMENT, '--wait', '--timeout', '100ms']);
      expect(sent.code).toBe(75);
      const id = sent.stdout.trim();
      expect(sent.stderr).toContain('no receipt "received" has come from bob yet');
      expect(sent.stderr).toContain(`--id ${id}`);
      const again = ['--wait', '--id', id];
      await whileListening('bob', ['--exec', 'cat'], async () => {
        const asked = await sandbox.as('alice', [...DOCUMENT, ...again]);
        expect(asked).toMatchObject({ code: 0, stdout: `${id}\n` });
        expect(asked.stderr).toContain('already sent');
      });
      const got = await sandbox.as('bob', ['message', 'show', id, '--json']);
      expect(jsonLines(got.stdout)).toHaveLength(1);
    });

    it('gets the reply to a question from a handler, with nobody listening at her inbox', async () => {
      await whileListening('bob', ['--exec', 'tr a-z A-Z', '--reply'], async () => {
        const asked = await sandbox.as(
          'alice',
          ['request', 'bob', '--timeout', '50s'],
          'how much?',
        );
        expect(asked).toMatchObject({ code: 0, stdout: 'HOW MUCH?', stderr: '' });
      });
    });

    it('gets the reply to a question that her listener takes in, and does not deliver', async () => {
      const listened = await whileListening('alice', ['--json'], async (listener) => {
        await whileListening('bob', ['--exec', 'tr a-z A-Z', '--reply'], async () => {
          const output = join(sandbox.files, 'answer');
          const asked = await sandbox.as('alice', [
            ...['request', 'bob', '--json', '"so?"', '-o', output, '--format', 'json'],
          ]);
          expect(asked).toMatchObject({ code: 0, stderr: '' });
          expect(JSON.parse(asked.stdout)).toMatchObject({ from: 'bob', file: output });
          expect(readFileSync(output, 'utf8')).toBe('"SO?"');
        });
        return listener;
      });
      expect(listened.stdout).toBe('');
    });

    it('gets a reply by hand after the time was over, when she asks again under the same id', async () => {
      const question = ['request', 'bob', '--json', '"when?"'];
      const asked = await sandbox.as('alice', [...question, '--timeout', '100ms']);
      expect(asked).toMatchObject({ code: 75, stdout: '' });
      const id = /--id ([0-9a-f-]{36})/.exec(asked.stderr)?.[1] ?? '';
      expect((await sandbox.as('bob', ['listen', '--until-empty'])).code).toBe(0);
      const replied = await sandbox.as('bob', ['reply', id, '--json', '"soon"']);
      expect(replied).toMatchObject({ code: 0, stderr: '' });
      const again = await sandbox.as('alice', [...question, '--id', id]);
      expect(again).toMatchObject({ code: 0, stdout: '"soon"' });
      const shown = await sandbox.as('alice', ['message', 'list', '--in', '--cid', id, '--json']);
      expect(jsonLines(shown.stdout)).toMatchObject([{ id: replied.stdout.trim(), state: 'done' }]);
    });

    it('is told with exit code 5 that her question was rejected', async () => {
      await whileListening('bob', ['--exec', 'exit 3', '--reply'], async () => {
        const asked = await sandbox.as('alice', ['request', 'bob', '--json', '"no?"']);
        expect(asked).toMatchObject({ code: 5, stdout: '' });
        expect(asked.stderr).toContain('bob rejected');
      });
    });

    it('loses and doubles nothing when she is killed while she takes in', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 3; n++) {
        const sent = await sandbox.as('bob', ['send', 'alice', '--json', `{"n":${n}}`]);
        ids.push(sent.stdout.trim());
        const waiting = sandbox.start('alice', [...DOCUMENT, '--wait', '--timeout', '1m']);
        await until('it has sent', () => waiting.stdout.includes('\n'), 30_000);
        if (n > 0) {
          await until('something was taken in', async () => {
            const listed = await sandbox.as('alice', ['message', 'list', '--in', '--json']);
            return jsonLines(listed.stdout).length >= n;
          });
        }
        waiting.child.kill('SIGKILL');
        await waiting.ended;
      }
      const listened = await sandbox.as('alice', ['listen', '--until-empty', '--json']);
      expect(listened.code).toBe(0);
      expect(jsonLines(listened.stdout).map((one) => one['id'])).toEqual(ids);
    });
  });
}
