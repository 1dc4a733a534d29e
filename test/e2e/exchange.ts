import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

/** The main job between two operators, which has to work the same over every transport. */
export function describeExchange(name: string, ...flags: string[]): void {
  describe(`alice and bob over ${name}`, () => {
    let sandbox: Sandbox;

    beforeAll(async () => {
      sandbox = await raiseSandbox(...flags);
    });
    afterAll(async () => {
      await sandbox.remove();
    });

    it('exchange a message that bob, listening, gets at once', async () => {
      const listener = sandbox.start('bob', ['listen', '--json', '-n', '1']);
      const document = ['--json', '{"order": 17}', '--type', 'order'];
      const sent = await sandbox.as('alice', ['send', 'bob', ...document]);
      expect(sent).toMatchObject({ code: 0, stderr: '' });
      const { code, stdout } = await listener.ended;
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ id: sent.stdout.trim(), from: 'alice', to: ['bob'], type: 'order' },
        ...{ json: { order: 17 }, redelivered: false, replay: false, attempt: 1 },
      });
    });

    it('exchange a file that was sent long before bob began to listen', async () => {
      const bytes = randomBytes(300_000);
      await writeFile(join(sandbox.files, 'picture.png'), bytes);
      const sent = await sandbox.as('alice', ['send', 'bob', join(sandbox.files, 'picture.png')]);
      expect(sent.code).toBe(0);
      const out = join(sandbox.files, 'late');
      const listened = await sandbox.as('bob', ['listen', '--out', out, '--until-empty', '--json']);
      expect(listened.code).toBe(0);
      expect(JSON.parse(listened.stdout)).toMatchObject({
        ...{ name: 'picture.png', contentType: 'image/png', file: join(out, 'picture.png') },
      });
      expect((await readFile(join(out, 'picture.png'))).equals(bytes)).toBe(true);
    });

    it('lose and double nothing when bob is killed in the middle and starts again', async () => {
      const sent = new Map<string, string>();
      for (let index = 0; index < 12; index++) {
        const bytes = randomBytes(20_000);
        const path = join(sandbox.files, `part-${index}.bin`);
        await writeFile(path, bytes);
        expect((await sandbox.as('alice', ['send', 'bob', path])).code).toBe(0);
        sent.set(`part-${index}.bin`, sha256(bytes));
      }
      const out = join(sandbox.files, 'killed');
      const first = sandbox.start('bob', ['listen', '--out', out]);
      await until('some files are there', () => first.stdout.split('\n').length > 3, 30_000);
      first.child.kill('SIGKILL');
      await first.ended;
      const second = await sandbox.as('bob', ['listen', '--out', out, '--until-empty']);
      expect(second).toMatchObject({ code: 0, stderr: '' });
      expect(await hashesIn(out)).toEqual(sent);
    });

    it('answer each other under the same correlation id', async () => {
      const asked = await sandbox.as('alice', ['send', 'bob', '--json', '{"question": 1}']);
      const id = asked.stdout.trim();
      await sandbox.as('bob', ['listen', '--until-empty']);
      const args = ['send', 'alice', '--json', '{"answer": 1}', '--cid', id, '--reply-to', id];
      expect((await sandbox.as('bob', args)).code).toBe(0);
      const got = await sandbox.as('alice', ['listen', '--until-empty', '--json']);
      expect(JSON.parse(got.stdout)).toMatchObject({ cid: id, replyTo: id, json: { answer: 1 } });
    });
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function hashesIn(directory: string): Promise<Map<string, string>> {
  const names = (await readdir(directory)).sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const entries = await Promise.all(
    names.map(async (name) => [name, sha256(await readFile(join(directory, name)))] as const),
  );
  return new Map(entries);
}
