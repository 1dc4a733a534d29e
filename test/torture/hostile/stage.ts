import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompressionTypes, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { Session } from '../../../src/session/session.js';
import { raiseConsortium, type Consortium } from '../../support/consortium.js';
import { identityOf } from '../../support/identity-of.js';
import { RunningMsg } from '../../support/msg.js';
import type { TestPeer } from '../../support/pki.js';
import { administrator, alterTopic } from '../../transport/kafka/bench.js';

/** What a record that somebody writes past msg holds. */
export interface HostileRecord {
  /** Null as in a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a record set is compressed on its way to the broker, or by it. */
export type Codec = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** How much the listener keeps of what it refuses, in bytes. */
export const POOL = 4 * 1024 * 1024;

/** The largest record that the listener takes, in bytes. */
export const LARGEST = 512 * 1024;

const LIMITS = {
  MSG_LIMITS_QUARANTINE: String(POOL),
  MSG_LIMITS_MESSAGE: String(LARGEST),
  MSG_LIMITS_PENDING_FILES: '8',
};

const INBOX = 'msg.in.bob';

/** The inbox's settings; all of them, since what is not named falls back to the broker's own. */
const SETTINGS = { 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'producer' };

/** Everybody who takes part: bob listens, alice is honest, mallory is a member and is not. */
export interface Stage {
  readonly consortium: Consortium;
  readonly peers: Readonly<Record<'alice' | 'bob' | 'mallory', TestPeer>>;
  /** The real program, listening into {@link Stage.sink}. */
  readonly listener: RunningMsg;
  readonly sink: string;
  /** Writes records into bob's inbox, in record sets of about a megabyte. */
  write(records: readonly HostileRecord[]): Promise<void>;
  /** The same in one record set that is compressed. */
  writeCompressed(records: readonly HostileRecord[], codec: Codec): Promise<void>;
  /** Opens bob's profile beside the listener. */
  open(): Session;
  /** Resident memory of the listener, in bytes: now, and the most it ever was. */
  memory(): { readonly now: number; readonly peak: number };
  remove(): Promise<void>;
}

/** Raises the network and starts the listener. */
export async function raiseStage(): Promise<Stage> {
  const consortium = await raiseConsortium('kafka');
  const { home, network } = consortium;
  const opened: Session[] = [];
  const open = (profile: string): Session => {
    const session = openProfile(home, profile);
    opened.push(session);
    return session;
  };
  await enrolMallory(consortium);
  const identity = (name: string): Promise<TestPeer> =>
    identityOf(open(name), name, network.authority);
  const [alice, bob, mallory] = await Promise.all(['alice', 'bob', 'mallory'].map(identity));
  if (alice === undefined || bob === undefined || mallory === undefined) throw new Error('nobody');
  const bootstrap = new URL(network.carrier.broker?.url ?? '').host;
  const producer = await connect(bootstrap);
  const sink = join(home, 'sink');
  mkdirSync(sink);
  const listen = ['-p', 'bob', 'listen', '--out', sink, '--json'];
  const listener = new RunningMsg(listen, { home, env: LIMITS });
  return {
    ...{ consortium, listener, sink, peers: { alice, bob, mallory } },
    write: (records) => writeAll(producer, records),
    async writeCompressed(records, codec) {
      const compression = codec === 'gzip' ? 'producer' : codec;
      const admin = await administrator(bootstrap);
      await alterTopic(admin, INBOX, { ...SETTINGS, 'compression.type': compression });
      await send(producer, records, codec === 'gzip');
      await alterTopic(admin, INBOX, SETTINGS);
      await admin.disconnect();
    },
    open: () => open('bob'),
    memory: () => memoryOf(listener.child.pid ?? 0),
    async remove() {
      listener.child.kill('SIGKILL');
      await producer.disconnect();
      await Promise.all(opened.map((session) => session.close()));
      await consortium.remove();
    },
  };
}

function openProfile(home: string, profile: string): Session {
  return new Session({
    profile,
    flags: {},
    env: { MSG_HOME: home, ...LIMITS },
    ...{ cwd: home, clock: Date.now, random: randomBytes },
    ask: () => Promise.reject(new Error('nobody is there to be asked')),
    ...{ warn: () => undefined, debug: () => undefined, hide: () => undefined },
  });
}

/** A member like any other, so far. */
async function enrolMallory(consortium: Consortium): Promise<void> {
  const account = 4;
  consortium.addProfile('mallory', account);
  const owner = consortium.account(account);
  await consortium.ok('registrar', ['registry', 'admit', 'mallory', '--owner', owner]);
  await consortium.certify('mallory', 'first');
  await consortium.ok('mallory', ['register']);
}

async function connect(bootstrap: string): Promise<Producer> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return producer;
}

/** What goes in one request, in bytes. */
const SET = 900_000;

async function writeAll(producer: Producer, records: readonly HostileRecord[]): Promise<void> {
  let set: HostileRecord[] = [];
  let size = 0;
  for (const record of records) {
    const length = (record.value?.length ?? 0) + 200;
    if (size + length > SET && set.length > 0) {
      await send(producer, set);
      [set, size] = [[], 0];
    }
    set.push(record);
    size += length;
  }
  if (set.length > 0) await send(producer, set);
}

async function send(
  producer: Producer,
  records: readonly HostileRecord[],
  isPacked = false,
): Promise<void> {
  const messages = records.map(({ value, headers = {} }) => ({
    ...{ key: 'mallory', headers: { ...headers }, partition: 0 },
    value: value === null ? null : Buffer.from(value),
  }));
  const compression = isPacked ? CompressionTypes.GZIP : CompressionTypes.None;
  await producer.send({ topic: INBOX, compression, messages });
}

function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}
