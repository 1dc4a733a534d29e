import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasKafka } from '../support/kafka.js';
import { jsonLines } from '../support/json-lines.js';
import type { Ended } from '../support/msg.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

/** The inbox commands over one kind of log. */
function describeInbox(name: string, ...flags: string[]): void {
  describe(`one's own inbox over ${name}`, () => {
    let sandbox: Sandbox;

    beforeAll(async () => {
      sandbox = await raiseSandbox(...flags);
    });
    afterAll(async () => {
      await sandbox.remove();
    });

    function bob(...args: string[]): Promise<Ended> {
      return sandbox.as('bob', args);
    }

    async function send(count: number): Promise<void> {
      for (let one = 0; one < count; one++) {
        const args = ['send', 'bob', '--json', '{}'];
        expect(await sandbox.as('alice', args)).toMatchObject({ code: 0 });
      }
    }

    async function lag(): Promise<Record<string, unknown>> {
      const { code, stdout } = await bob('inbox', 'lag', '--json');
      expect(code).toBe(0);
      return jsonLines(stdout)[0] ?? {};
    }

    async function delivered(...args: string[]): Promise<number> {
      const ended = await bob('listen', '--until-empty', '--json', ...args);
      expect(ended.code).toBe(0);
      return jsonLines(ended.stdout).length;
    }

    it('shows what is unread, and since when', async () => {
      const before = Date.now();
      expect(await lag()).toEqual({
        ...{ topic: 'msg.in.bob', partition: 0, low: 0, high: 0, committed: null, lag: 0 },
        ...{ lost: 0, oldestUnread: null },
      });
      await send(3);
      const { oldestUnread, ...rest } = await lag();
      expect(rest).toMatchObject({ low: 0, high: 3, committed: null, lag: 3 });
      expect(Date.parse(String(oldestUnread))).toBeGreaterThanOrEqual(before - 1000);
      const table = await bob('inbox', 'lag');
      expect(table.stdout).toBe(`msg.in.bob\t0\t0\t3\t-\t3\t${String(oldestUnread)}\n`);
      expect(await delivered()).toBe(3);
      expect(await lag()).toMatchObject({ committed: 3, lag: 0, oldestUnread: null });
    });

    it('ends with 1 when more is unread, or for longer, than allowed', async () => {
      await send(2);
      expect((await bob('inbox', 'lag', '--max-lag', '2')).code).toBe(0);
      const more = await bob('inbox', 'lag', '--max-lag', '1');
      expect(more).toMatchObject({
        ...{ code: 1, stderr: 'msg: warning: 2 unread records are more than 1\n' },
      });
      expect(more.stdout).toMatch(/^msg\.in\.bob\t/);
      expect((await bob('inbox', 'lag', '--max-age', '1h')).code).toBe(0);
      expect((await bob('inbox', 'lag', '--max-age', '1ms')).code).toBe(1);
      for (const wrong of [
        ['--max-lag', 'many'],
        ['--max-age', 'long'],
      ]) {
        expect((await bob('inbox', 'lag', ...wrong)).code).toBe(2);
      }
      await delivered();
    });

    it('goes back without delivering anything twice', async () => {
      const { high } = await lag();
      const moved = await bob('inbox', 'seek', 'earliest', '--yes');
      expect(moved).toMatchObject({ code: 0, stdout: 'msg.in.bob\t0\t0\n' });
      expect(moved.stderr).toContain(`from ${String(high)} to 0: ${String(high)} records will be`);
      expect(await lag()).toMatchObject({ committed: 0, lag: high });
      expect(await delivered()).toBe(0);
      expect(await lag()).toMatchObject({ committed: high, lag: 0 });
    });

    it('goes forward past what is then never delivered, only looked back for', async () => {
      const { high } = await lag();
      await send(3);
      const place = String(Number(high) + 2);
      const shown = await bob('inbox', 'seek', place, '--dry-run', '--json');
      expect(jsonLines(shown.stdout)).toEqual([
        {
          ...{ state: 'dry-run', topic: 'msg.in.bob', partition: 0, from: high, to: Number(place) },
          ...{ readAgain: 0, skipped: 2 },
        },
      ]);
      expect(await lag()).toMatchObject({ lag: 3 });
      const moved = await bob('inbox', 'seek', place, '--yes');
      expect(moved.stderr).toContain('2 records will be skipped, and never delivered');
      expect(await delivered()).toBe(1);
      expect(await delivered('--from', String(high))).toBeGreaterThanOrEqual(2);
    });

    it('goes to a time, and to the end', async () => {
      await delivered();
      const { high } = await lag();
      await bob('inbox', 'seek', '@-1h', '--yes');
      expect(await lag()).toMatchObject({ committed: 0 });
      await bob('inbox', 'seek', 'latest', '--yes');
      expect(await lag()).toMatchObject({ committed: high });
      const again = await bob('inbox', 'seek', 'latest', '--yes');
      expect(again).toMatchObject({
        ...{ code: 0, stderr: 'msg: the position is there already\n' },
      });
    });

    it('is not moved without a yes, nor to nowhere', async () => {
      const { high } = await lag();
      expect(await bob('inbox', 'seek', 'earliest')).toMatchObject({
        ...{ code: 2, stdout: '', stderr: expect.stringContaining('--yes') as unknown },
      });
      for (const wrong of [
        ['yesterday'],
        ['@noon'],
        ['0', '--partition', '7'],
        ['0', '--partition', 'x'],
      ]) {
        const ended = await bob('inbox', 'seek', ...wrong, '--yes');
        expect(ended).toMatchObject({ code: 2, stdout: '' });
        expect(ended.stderr).toMatch(/^msg: error: .*\nmsg: hint: .*\n$/);
      }
      expect(await lag()).toMatchObject({ committed: high });
    });

    it('is not moved while a listener runs', async () => {
      const listener = sandbox.start('bob', ['listen', '--json']);
      await send(1);
      await until('the listener reads', () => listener.stdout.includes('\n'));
      const refused = await bob('inbox', 'seek', 'earliest', '--yes');
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('msg.in.bob is being read\nmsg: hint: stop its listeners');
      listener.child.kill('SIGTERM');
      expect((await listener.ended).code).toBe(0);
      expect((await bob('inbox', 'seek', 'latest', '--yes')).code).toBe(0);
    });

    it('is not moved with another ledger than the one that read it', async () => {
      const state = join(sandbox.home, 'state', 'bob');
      await rename(state, `${state}.kept`);
      const refused = await bob('inbox', 'seek', 'earliest', '--yes');
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('was read with another ledger');
      await rm(state, { recursive: true });
      await rename(`${state}.kept`, state);
    });

    it('wants to know in which partition an offset is meant', async () => {
      const many = ['--inbox', 'many'];
      expect((await bob('inbox', 'create', '--partitions', '3', ...many)).code).toBe(0);
      const refused = await bob('inbox', 'seek', '0', '--yes', ...many);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain('--partition 0 to 2');
      const one = await bob('inbox', 'seek', '0', '--partition', '2', '--yes', ...many);
      expect(one).toMatchObject({ code: 0, stdout: 'many\t2\t0\n' });
      const all = await bob('inbox', 'seek', 'latest', '--yes', ...many);
      expect(all.stdout).toBe('many\t0\t0\nmany\t1\t0\nmany\t2\t0\n');
    });

    it('says what of an existing topic is not as asked for', async () => {
      const again = await bob('inbox', 'create', '--partitions', '3', '--retention', '1d');
      expect(again).toMatchObject({ code: 0, stdout: 'msg.in.bob\n' });
      expect(again.stderr).toContain('its number of partitions is 1, not 3');
      expect(again.stderr).toContain('it keeps records for 14d, not for 1d');
    });
  });
}

describeInbox('the embedded log');
describe.runIf(hasKafka)('with a real broker', () => {
  describeInbox('Apache Kafka', '--kafka');
});
