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
