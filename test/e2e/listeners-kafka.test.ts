import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { inboxGroup } from '../../src/messaging/deps.js';
import { readNetwork } from '../../src/sandbox/network-file.js';
import { hasKafka } from '../support/kafka.js';
import type { RunningMsg } from '../support/msg.js';
import { isStopped } from '../support/processes.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { until } from '../support/until.js';
import { administrator, alterTopic } from '../transport/kafka/bench.js';

const MiB = 1024 ** 2;

/** Some 500 chunks, of which the sender holds back most until it is told to go on. */
const LARGE = 28 * MiB;

/** Lets a sender stand still once 100 chunks are acknowledged. */
const HALF_WAY = {
  NODE_OPTIONS: `--import ${resolve('test/torture/delivery/crash-at.mjs')}`,
  TORTURE_CRASH: 'send:chunk:100',
  TORTURE_SIGNAL: 'SIGSTOP',
};

/** Small records, so that a file has many chunks; and the broker's clock, as inboxes have it. */
const INBOX = {
  'max.message.bytes': '60000',
  'message.timestamp.type': 'LogAppendTime',
  'compression.type': 'producer',
};

describe.runIf(hasKafka)(
  'two listeners of one inbox on a real broker',
  { timeout: 240_000 },
  () => {
    let sandbox: Sandbox;
    let admin: Admin;
    let sink: string;
    let round = 0;
    const sent = new Map<string, string>();

    beforeAll(async () => {
      sandbox = await raiseSandbox('--kafka');
      const { broker } = readNetwork(join(sandbox.home, 'state', '.sandbox')) ?? {};
      admin = await administrator(new URL(broker?.url ?? '').host);
      await alterTopic(admin, 'msg.in.bob', INBOX);
    });
    beforeEach(() => {
      sink = join(sandbox.files, `sink-${++round}`);
      sent.clear();
    });
    afterAll(async () => {
      await admin.disconnect();
      await sandbox.remove();
    });

    const listen = (): RunningMsg => sandbox.start('bob', ['listen', '-q', '--out', sink]);

    /** Whoever comes later gets the inbox, but not what another one has read of it before. */
    async function settled(count: number): Promise<void> {
      await until(
        `${count} listeners have shared the inbox`,
        async () => {
          const { groups } = await admin.describeGroups([inboxGroup(parsePeerName('bob'))]);
          return groups.every(
            ({ state, members }) => state === 'Stable' && members.length === count,
          );
        },
        120_000,
      );
    }

    function toSend(name: string, size: number): readonly string[] {
      const bytes = randomBytes(size);
      const path = join(sandbox.files, `${round}-${name}`);
      writeFileSync(path, bytes);
      sent.set(sha256(bytes), name);
      return ['send', 'bob', path, '-q'];
    }

    async function send(name: string, size: number): Promise<void> {
      expect(await sandbox.as('alice', toSend(name, size))).toMatchObject({ code: 0 });
    }

    /** Sends a part of a large file, and gives what sends the rest: nobody can have all of it before. */
    async function sendHalf(): Promise<() => Promise<void>> {
      const sender = sandbox.start('alice', toSend('large.bin', LARGE), HALF_WAY);
      await until(
        'a part of the large file is sent',
        () => isStopped(sender.child.pid ?? 0),
        120_000,
      );
      return async () => {
        sender.child.kill('SIGCONT');
        expect(await sender.ended).toMatchObject({ code: 0 });
      };
    }

    /** The file in the spool that is being written, and by whom. */
    function beingReceived(listeners: readonly RunningMsg[]) {
      return listeners.flatMap((listener) =>
        openFilesOf(listener)
          .filter((path) => path.endsWith('.part') && path.includes('/spool/'))
          .map((path) => ({ listener, size: sizeOf(path) })),
      );
    }

    async function inTheMiddle(listeners: readonly RunningMsg[]): Promise<RunningMsg> {
      const found = await until(
        'somebody has a part of the large file',
        () => beingReceived(listeners).find(({ size }) => size > 2 * MiB),
        120_000,
      );
      return found.listener;
    }

    async function everythingOnce(): Promise<void> {
      await until('everything is there', () => filesIn(sink).length >= sent.size, 120_000);
      expect(
        filesIn(sink)
          .map((name) => sha256(readFileSync(join(sink, name))))
          .sort(),
      ).toEqual([...sent.keys()].sort());
    }

    async function endWell(...listeners: readonly RunningMsg[]): Promise<void> {
      for (const { child } of listeners) child.kill('SIGTERM');
      for (const { ended } of listeners) expect(await ended).toMatchObject({ code: 0 });
      const rest = await sandbox.as('bob', ['listen', '-q', '--out', sink, '--until-empty']);
      expect(rest).toMatchObject({ code: 0, stdout: '' });
      expect(readdirSync(join(sandbox.home, 'state', 'bob', 'spool'))).toEqual([]);
    }

    it('lose and double nothing when the one in the middle of a large file stands still', async () => {
      const listeners = [listen(), listen()];
      await settled(2);
      const goOn = await sendHalf();
      const holder = await inTheMiddle(listeners);
      holder.child.kill('SIGSTOP');
      expect(filesIn(sink)).toEqual([]);
      await goOn();
      // Its session at the coordinator ends after ten seconds: the other one goes on with the file.
      await until('the other one has all of it', () => filesIn(sink).length > 0, 120_000);
      holder.child.kill('SIGCONT');
      for (let number = 0; number < 5; number++) await send(`small-${number}.bin`, 1_000);
      await send('large-too.bin', 8 * MiB);
      await everythingOnce();
      expect(holder.child.exitCode).toBeNull();
      await endWell(...listeners);
    });

    it('lose and double nothing when one comes, and the other leaves, in the middle of a file', async () => {
      const first = listen();
      await settled(1);
      const goOn = await sendHalf();
      await inTheMiddle([first]);
      const second = listen();
      for (let number = 0; number < 5; number++) await send(`small-${number}.bin`, 1_000);
      first.child.kill('SIGTERM');
      expect(await first.ended).toMatchObject({ code: 0 });
      await goOn();
      await everythingOnce();
      await endWell(second);
    });

    it('lose and double nothing when one is killed in the middle of a file', async () => {
      const listeners = [listen(), listen()];
      await settled(2);
      const goOn = await sendHalf();
      const holder = await inTheMiddle(listeners);
      holder.child.kill('SIGKILL');
      await goOn();
      await send('small.bin', 1_000);
      await everythingOnce();
      await endWell(...listeners.filter((one) => one !== holder));
    });
  },
);

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

function openFilesOf({ child: { pid = 0 } }: RunningMsg): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
