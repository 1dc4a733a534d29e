import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNetwork } from '../../src/sandbox/network-file.js';
import { jsonLines } from '../support/json-lines.js';
import { hasKafka } from '../support/kafka.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { administrator, alterTopic } from '../transport/kafka/bench.js';

/** A port of this machine that nothing listens on: 1 is reserved (tcpmux). */
const NOWHERE = ['--transport', 'kafka://127.0.0.1:1'];

const INBOX = { 'max.message.bytes': '20000', 'message.timestamp.type': 'LogAppendTime' };

describe.runIf(hasKafka)('what was kept for an inbox that takes less in one record', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox('--kafka');
    const { broker } = readNetwork(join(sandbox.home, 'state', '.sandbox')) ?? {};
    const admin = await administrator(new URL(broker?.url ?? '').host);
    await alterTopic(admin, 'msg.in.bob', INBOX);
    await admin.disconnect();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  /** Kept while the brokers are away; gives the ids. */
  async function queue(input: string, ...args: string[]): Promise<readonly string[]> {
    const send = ['send', 'bob', '--queue', ...NOWHERE, ...args];
    const { code, stdout } = await sandbox.as('alice', send, input);
    expect(code).toBe(0);
    return stdout.trim().split('\n');
  }

  it('leaves in parts, in its order, with what was kept before and after it', async () => {
    const first = await queue('"first"');
    const lines = Array.from({ length: 60 }, (_, n) =>
      JSON.stringify({ n, text: 'x'.repeat(900) }),
    );
    const batched = await queue(lines.join('\n'), '--ndjson');
    const last = await queue('"last"');
    const flushed = await sandbox.as('alice', ['outbox', 'flush', '-v']);
    expect(flushed.code).toBe(0);
    expect(flushed.stderr).toContain('goes in parts: the inbox of bob takes less in one record');
    expect((await sandbox.as('alice', ['outbox', 'list', '--json'])).stdout).toBe('');
    const ids = [...first, ...batched, ...last];
    expect(batched).toHaveLength(60);
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout).map(({ id }) => id)).toEqual(ids);
    const again = await sandbox.as('alice', ['send', 'bob', '--json', '"next"']);
    expect(again.code).toBe(0);
    expect((await sandbox.as('bob', ['listen', '--until-empty'])).stderr).not.toContain('missing');
  });
});
