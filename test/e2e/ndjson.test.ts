import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMessageId } from '../../src/domain/message-id.js';
import { jsonLines } from '../support/json-lines.js';
import { hasKafka } from '../support/kafka.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';

const newId = (): string => newMessageId(Date.now, randomBytes);

function describeNdjson(log: string, ...flags: string[]): void {
  describe(`lines of JSON over ${log}`, () => {
    let sandbox: Sandbox;

    beforeAll(async () => {
      sandbox = await raiseSandbox(...flags);
    }, 240_000);
    afterAll(async () => {
      await sandbox.remove();
    });

    async function received(): Promise<Record<string, unknown>[]> {
      const { code, stdout, stderr } = await sandbox.as('bob', [
        ...['listen', '--json', '--until-empty'],
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return jsonLines(stdout);
    }

    it('each become a message of its own, with the sender’s own text', async () => {
      const lines = ['{"amount": 1200.00}', '', '[1,  2]\r', '"räksmörgås"'];
      const args = ['send', 'bob', '--ndjson', '--type', 'order', '--receipt', 'processed'];
      const sent = await sandbox.as('alice', args, lines.join('\n'));
      expect(sent).toMatchObject({ code: 0, stderr: 'msg: 3 sent\n' });
      const ids = sent.stdout.trim().split('\n');
      const messages = await received();
      expect(messages.map(({ id }) => id)).toEqual(ids);
      expect(
        new Set(messages.map(({ type, offset }) => `${String(type)} ${String(offset)}`)).size,
      ).toBe(1);
      expect(messages.map(({ json }) => json)).toEqual([{ amount: 1200 }, [1, 2], 'räksmörgås']);
      await sandbox.as('alice', ['listen', '--until-empty', '-q']);
      const receipts = await sandbox.as('alice', ['receipt', 'show', ids[1] ?? '', '--json']);
      expect(jsonLines(receipts.stdout)).toMatchObject([{ id: ids[1], says: 'processed' }]);
      const shown = await sandbox.as('alice', ['message', 'show', ids[2] ?? '', '--json']);
      expect(jsonLines(shown.stdout)).toMatchObject([
        { kind: 'message', type: 'order', state: 'sent', header: { id: ids[2], kind: 'message' } },
      ]);
    });

    it('are sent up to the first that is wrong, which is named', async () => {
      const file = join(sandbox.files, 'bad.ndjson');
      await writeFile(file, '{"n":1}\n{"n":2}\n\n{"n":\n{"n":5}\n');
      const sent = await sandbox.as('alice', ['send', 'bob', file, '--ndjson']);
      expect(sent.code).toBe(2);
      expect(sent.stdout.trim().split('\n')).toHaveLength(2);
      expect(sent.stderr).toMatch(/line 4 is not JSON: .*; accepted before it: 2\n/);
      expect(sent.stderr).toContain('tail -n +4 FILE');
      expect((await received()).map(({ json }) => json)).toEqual([{ n: 1 }, { n: 2 }]);
    });

    it('may say their own id and type, and are then sent once however often', async () => {
      const id = newId();
      const lines = [
        `{"json": {"amount": 1200.00, "json": [1]}, "id": "${id}", "type": "invoice", "cid": "PO 1"}`,
        '{"text": "hello", "name": "a.txt"}',
        '{"base64": "AP8=", "contentType": "image/x-two"}',
      ];
      const args = ['--format', 'json', 'send', 'bob', '--ndjson-items'];
      const first = await sandbox.as('alice', args, lines.join('\n'));
      expect(jsonLines(first.stdout)).toMatchObject([
        { line: 1, id, state: 'sent' },
        { line: 2, state: 'sent', size: 5 },
        { line: 3, state: 'sent', size: 2 },
      ]);
      const again = await sandbox.as('alice', args, lines[0]);
      expect(jsonLines(again.stdout)).toMatchObject([{ line: 1, id, state: 'already-sent' }]);
      const other = await sandbox.as('alice', args, `{"json": 1, "id": "${id}"}`);
      expect(other).toMatchObject({ code: 2, stdout: '' });
      expect(other.stderr).toContain(`line 1: the id ${id} was used for another message`);
      expect(await received()).toMatchObject([
        { id, type: 'invoice', cid: 'PO 1', json: { amount: 1200, json: [1] } },
        { name: 'a.txt', text: 'hello' },
        { contentType: 'image/x-two', base64: 'AP8=' },
      ]);
    });

    it('arrive each once, whoever is killed meanwhile', { timeout: 240_000 }, async () => {
      const count = 240;
      const names = Array.from({ length: count }, (_, n) => `${String(n).padStart(3, '0')}.txt`);
      const lines = names.map((name) => {
        return JSON.stringify({ id: newId(), name, text: name.padEnd(8_000, '.') });
      });
      const file = join(sandbox.files, 'many.ndjson');
      await writeFile(file, lines.join('\n'));
      const args = ['send', 'bob', file, '--ndjson-items'];
      const doomed = sandbox.start('alice', args);
      await until(
        'something was sent',
        () => doomed.stdout !== '' || doomed.child.exitCode !== null,
        60_000,
      );
      doomed.child.kill('SIGKILL');
      await doomed.ended;
      const out = join(sandbox.files, 'in');
      const listener = sandbox.start('bob', ['listen', '--out', out]);
      await until('something was delivered', async () => (await inbox(out)).length > 5, 60_000);
      listener.child.kill('SIGKILL');
      await listener.ended;
      const rerun = await sandbox.as('alice', args);
      expect(rerun.code).toBe(0);
      expect(rerun.stdout.trim().split('\n')).toHaveLength(count);
      await sandbox.as('alice', ['outbox', 'flush']);
      const last = await sandbox.as('bob', ['listen', '--out', out, '--until-empty', '-q']);
      expect(last.code).toBe(0);
      expect(await inbox(out)).toEqual(names);
      const [first = ''] = names;
      expect(await readFile(join(out, first), 'utf8')).toBe(first.padEnd(8_000, '.'));
    });

    /** The names of all files that have been delivered. */
    async function inbox(directory: string): Promise<readonly string[]> {
      const all = await readdir(directory).catch(() => []);
      return all
        .map((path) => path.split('/').at(-1) ?? '')
        .filter((name) => /^\d/.test(name))
        .sort();
    }
  });
}

describeNdjson('the embedded log');
describe.runIf(hasKafka)('with a real broker', () => {
  describeNdjson('Apache Kafka', '--kafka');
});

describe('what does not go with lines of JSON', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  it.each([
    [['bob', '--ndjson', '--id', newId()], '--id is for one message'],
    [['bob', '--ndjson', '--wait'], '--wait is for one message'],
    [['bob,carol', '--ndjson'], '--ndjson sends to one peer'],
    [['bob', 'no-such-file', '--ndjson'], 'cannot read no-such-file: ENOENT'],
  ])('%j is refused, and nothing is sent', async (args, error) => {
    const sent = await sandbox.as('alice', ['send', ...args], '{}');
    expect(sent).toMatchObject({ code: 2, stdout: '' });
    expect(sent.stderr).toContain(error);
  });

  it('a dry run counts, and sends nothing', async () => {
    const plan = await sandbox.as('alice', ['send', 'bob', '--ndjson', '--dry-run'], '1\n2\n');
    expect(plan).toMatchObject({
      code: 0,
      stdout: 'would send 2 messages (2 bytes) to bob: msg.in.bob\n',
    });
    const bad = await sandbox.as('alice', ['send', 'bob', '--ndjson', '--dry-run'], '1\n{\n');
    expect(bad).toMatchObject({ code: 2, stdout: '' });
  });

  it('a peer that nobody knows is refused with exit 3, and nothing is kept', async () => {
    const sent = await sandbox.as('alice', ['send', 'nobody', '--ndjson'], '1\n2\n');
    expect(sent).toMatchObject({ code: 3, stdout: '' });
    const { stdout } = await sandbox.as('alice', ['outbox', 'list', '--json']);
    expect(stdout).toBe('');
  });
});
