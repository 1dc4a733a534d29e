import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExecSink, type ExecOptions } from '../../src/messaging/exec-sink.js';
import { filePayload } from '../../src/messaging/payload.js';
import type { IncomingDelivery, SinkResult } from '../../src/messaging/sink.js';
import { deliveryOf, headerOf } from '../support/messages.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const TEXT = Buffer.from('two\nlines\n');

let directory: string;
let lines: string[];

beforeEach(() => {
  directory = temporaryDirectory();
  lines = [];
});

function sinkFor(command: string, options: Partial<ExecOptions> = {}): ExecSink {
  return new ExecSink({
    ...{ command, env: { PATH: process.env['PATH'] }, replies: false, clock: Date.now },
    onOutput: (_, line) => {
      lines.push(line);
      return Promise.resolve();
    },
    ...options,
  });
}

function run(
  command: string,
  changes: Partial<IncomingDelivery> = {},
  options: Partial<ExecOptions> = {},
): Promise<SinkResult> {
  return sinkFor(command, options).deliver(deliveryOf(TEXT, changes));
}

describe('a handler', () => {
  it('gets the payload on its standard input, byte for byte', async () => {
    const payload = randomBytes(3_000_000);
    const file = join(directory, 'copy');
    const result = await sinkFor(`cat > '${file}'`).deliver(deliveryOf(payload));
    expect(result).toEqual({ outcome: 'exit 0', milliseconds: expect.any(Number) as number });
    expect(readFileSync(file).equals(payload)).toBe(true);
  });

  it('need not read its standard input', async () => {
    const payload = randomBytes(3_000_000);
    expect(await sinkFor('exit 0').deliver(deliveryOf(payload))).toMatchObject({
      outcome: 'exit 0',
    });
    expect(await sinkFor('exec 0<&-; sleep 0.1').deliver(deliveryOf(payload))).toMatchObject({
      outcome: 'exit 0',
    });
  });

  it('gets everything else in variables, and none of a message before', async () => {
    const header = headerOf({
      ...{ type: 'order; rm -rf /', name: 'a "b" $c.json', cid: 'c-1', size: TEXT.length },
      contentType: 'application/json',
      expires: Date.UTC(2026, 1, 1),
    });
    const env = { MSG_REPLY_TO: 'of another message', MSG_FILE: '/of/another' };
    await run('env | grep ^MSG_ | sort', { header, attempt: 3, redelivered: true }, { env });
    expect(lines).toEqual([
      ...['MSG_ATTEMPT=3', 'MSG_CID=c-1', 'MSG_CONTENT_TYPE=application/json'],
      ...['MSG_EXPIRES=2026-02-01T00:00:00.000Z', 'MSG_FROM=alice', `MSG_ID=${header.id}`],
      ...['MSG_KIND=message', 'MSG_NAME=a "b" $c.json', 'MSG_OFFSET=7', 'MSG_PARTITION=0'],
      ...['MSG_RECEIVED=2026-01-31T00:00:00.000Z', 'MSG_REDELIVERED=1', 'MSG_REPLAY=0'],
      ...['MSG_SENT=2026-01-31T00:00:00.000Z', `MSG_SIGNER=${'cd'.repeat(32)}`, 'MSG_SIZE=10'],
      ...['MSG_TO=bob', 'MSG_TOPIC=msg.in.bob', 'MSG_TYPE=order; rm -rf /'],
    ]);
  });

  it('is done with exit 0, whatever its children do in the background', async () => {
    const result = await run('sleep 30 & echo $!');
    expect(result).toMatchObject({ outcome: 'exit 0' });
    const pid = Number(lines[0]);
    expect(() => process.kill(pid, 0)).not.toThrow();
    process.kill(pid);
  });

  it('is asked again later when it ends with 75, and says why', async () => {
    await expect(run('echo "the database is down" >&2; exit 75')).rejects.toMatchObject({
      ...{ code: 'handler-failed', retryable: true },
      message: 'the handler wants another try (exit 75): the database is down',
    });
  });

  it('puts its message into quarantine with any other exit code, and its last words say why', async () => {
    const command = 'seq 1 5000 >&2; echo "no such order" >&2; exit 3';
    const refused = await run(command).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      ...{ code: 'message-refused', reason: 'handler-failed', retryable: false },
      message: expect.stringMatching(
        /^the handler ended with exit 3: ….*; 5000; no such order$/,
      ) as string,
    });
    expect((refused as Error).message.length).toBeLessThan(1_100);
  });

  it.each(['nobody-has-this-command', `'${import.meta.dirname}'`])(
    'that cannot be run lets its messages wait: %s',
    async (command) => {
      await expect(run(command)).rejects.toMatchObject({
        ...{ code: 'sink-unavailable', retryable: true },
        message: expect.stringMatching(/^the handler cannot be run \(exit 12[67]\): /) as string,
      });
    },
  );

  it.each([
    ['kill -TERM $$', true],
    ['kill -KILL $$', true],
    ['sh -c "kill -TERM \\$\\$"; exit $?', true],
    ['kill -SEGV $$', false],
    ['kill -ABRT $$', false],
  ])('ended by a signal (%s) is asked again: %s', async (command, retryable) => {
    await expect(run(command)).rejects.toMatchObject({
      retryable,
      message: expect.stringMatching(
        /^the handler was ended by SIG[A-Z]+(?:: Terminated)?$/,
      ) as string,
    });
  });

  it('that takes too long is ended with all that it has started, and asked again', async () => {
    const command = `trap '' TERM; (trap '' TERM; sleep 60) & echo $!; wait`;
    const failed = run(command, {}, { timeout: 300, grace: 300 });
    await expect(failed).rejects.toMatchObject({
      ...{ code: 'handler-failed', message: 'the handler took longer than 0.3 s' },
    });
    const child = Number(lines[0]);
    await until('its child has gone, too', () => {
      try {
        process.kill(child, 0);
        return false;
      } catch {
        return true;
      }
    });
  }, 20_000);

  it('is heard line by line, in pieces where a line has no end', async () => {
    await run(`printf 'one\\ntwo\\r\\nthree'; head -c 20000 /dev/zero | tr '\\0' x >&2`);
    expect(lines).toEqual(expect.arrayContaining(['one', 'two', 'three']));
    const long = lines.filter((line) => line.startsWith('x'));
    expect(long.map(({ length }) => length)).toEqual([8192, 8192, 3616]);
  });
});

describe('the answer of a handler', () => {
  it.each([
    ['{"ok": true}', 'application/json'],
    ['thanks', 'text/plain; charset=utf-8'],
    ['\\377\\376', 'application/octet-stream'],
  ])('is its standard output: %s as %s', async (text, contentType) => {
    const result = await run(`printf '${text}'; echo done >&2`, {}, { replies: true });
    expect(result.reply?.contentType).toBe(contentType);
    expect(lines).toEqual(['done']);
  });

  it('is none where it writes nothing', async () => {
    expect((await run('true', {}, { replies: true })).reply).toBeUndefined();
  });

  it('is refused when it has no end', async () => {
    await expect(run('cat /dev/zero; exit 0', {}, { replies: true })).rejects.toMatchObject({
      message: "the handler's reply is longer than 64 MiB",
    });
  });
});

describe('a payload as a file', () => {
  const header = headerOf({ name: '../report.pdf', size: TEXT.length });

  it('is there for the handler alone, under its name, and goes away', async () => {
    const own = join(directory, 'mine');
    const command = 'echo "$MSG_FILE"; cat "$MSG_FILE"; stat -c %a "$MSG_FILE"; cat';
    await run(command, { header }, { directory: own });
    expect(lines).toEqual([join(own, '1', 'report.pdf'), 'two', 'lines', '400']);
    expect(await readdir(own)).toEqual([]);
  });

  it('may be moved away', async () => {
    const kept = join(directory, 'kept.pdf');
    await run(`mv "$MSG_FILE" '${kept}'`, { header }, { directory: join(directory, 'mine') });
    expect(readFileSync(kept, 'utf8')).toBe('two\nlines\n');
  });

  it('goes away after a failure, too, and replaces what a killed attempt has left', async () => {
    const own = join(directory, 'mine');
    await mkdir(join(own, '1'), { recursive: true });
    await writeFile(join(own, '1', 'left'), '');
    const failed = run('ls "$(dirname "$MSG_FILE")"; exit 75', { header }, { directory: own });
    await expect(failed).rejects.toMatchObject({ code: 'handler-failed' });
    expect(lines).toEqual(['report.pdf']);
    expect(await readdir(own)).toEqual([]);
  });

  it('that came in chunks is the same file, not a copy, and is there for the next try', async () => {
    const spool = join(directory, 'spool.part');
    await writeFile(spool, TEXT, { mode: 0o600 });
    const payload = filePayload(spool, TEXT.length);
    const own = join(directory, 'mine');
    const command = 'stat -c %i "$MSG_FILE"; exit 75';
    await expect(run(command, { header, payload }, { directory: own })).rejects.toThrow('exit 75');
    const { ino, mode } = await stat(spool);
    expect(lines).toEqual([String(ino)]);
    expect(mode & 0o777).toBe(0o600);
  });

  it('lets the message wait when there is no place for it', async () => {
    await writeFile(join(directory, 'a-file'), '');
    const options = { directory: join(directory, 'a-file', 'below') };
    await expect(run('true', { header }, options)).rejects.toMatchObject({
      ...{ code: 'sink-unavailable', retryable: true },
    });
    expect(existsSync(join(directory, 'a-file'))).toBe(true);
  });
});
