import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** What a bench program's child is asked to do. */
export interface KafkaTask {
  readonly kind:
    'create' | 'publish' | 'consume' | 'latency' | 'publish-stamped' | 'consume-stamped';
  readonly topic: string;
  readonly records: number;
  /** Bytes of each record's value. */
  readonly size: number;
  /** Records handed over in one call. */
  readonly together: number;
}

/** What it answers: milliseconds for all records, or one time for each where latency was asked for. */
export type KafkaAnswer = readonly number[];

/** A client under test. */
export interface KafkaClientUnderTest {
  create(topic: string): Promise<void>;
  publish(topic: string, values: readonly Buffer[]): Promise<void>;
  /** Resolves when everything that was published has arrived, where `publish` does not wait for it. */
  settle?(): Promise<void>;
  /**
   * Reads a topic as a new group, from its beginning, and calls `onValue` for each value; resolves
   * when it reads. `stop` ends it.
   */
  consume(topic: string, onValue: (value: Uint8Array) => void): Promise<() => Promise<void>>;
}

/** Does the tasks that the parent process sends, one after another. */
export function serve(client: KafkaClientUnderTest): void {
  process.on('message', (task: KafkaTask) => {
    run(client, task).then(
      (answer) => process.send?.(answer),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.send?.('ready');
}

function run(client: KafkaClientUnderTest, task: KafkaTask): Promise<KafkaAnswer> {
  switch (task.kind) {
    case 'create':
      return client.create(task.topic).then(() => []);
    case 'publish':
      return publish(client, task);
    case 'consume':
      return consume(client, task);
    case 'latency':
      return latency(client, task);
    case 'publish-stamped':
      return publishStamped(client, task);
    case 'consume-stamped':
      return consumeStamped(client, task);
  }
}

async function publish(client: KafkaClientUnderTest, task: KafkaTask): Promise<KafkaAnswer> {
  const { topic, records, size, together } = task;
  const values = Array.from({ length: together }, () => randomBytes(size));
  const begun = performance.now();
  for (let sent = 0; sent < records; sent += together) await client.publish(topic, values);
  await client.settle?.();
  return [performance.now() - begun];
}

/** From the first record on, so that joining the group does not count. */
async function consume(client: KafkaClientUnderTest, task: KafkaTask): Promise<KafkaAnswer> {
  const { topic, records } = task;
  let seen = 0;
  let begun = 0;
  let done = (): void => undefined;
  const finished = new Promise<void>((resolve) => (done = resolve));
  const stop = await client.consume(topic, () => {
    if (seen === 0) begun = performance.now();
    seen += 1;
    if (seen === records) done();
  });
  await finished;
  const took = performance.now() - begun;
  await stop();
  return [took];
}

async function latency(client: KafkaClientUnderTest, task: KafkaTask): Promise<KafkaAnswer> {
  const { topic, records, size } = task;
  const times: number[] = [];
  let arrived = (): void => undefined;
  const stop = await client.consume(topic, () => {
    arrived();
  });
  for (let sent = -10; sent < records; sent++) {
    const value = randomBytes(size);
    const reading = new Promise<void>((resolve) => (arrived = resolve));
    const begun = performance.now();
    await Promise.all([client.publish(topic, [value]), reading]);
    if (sent >= 0) times.push(performance.now() - begun);
  }
  await stop();
  return times;
}

/** So that each finds the way free. */
const BETWEEN = 20;
const STAMP = 8;

/** Each record begins with the system's monotonic time in nanoseconds when it was handed over. */
async function publishStamped(
  client: KafkaClientUnderTest,
  { topic, records, size }: KafkaTask,
): Promise<KafkaAnswer> {
  for (let sent = 0; sent < records; sent++) {
    await pause(BETWEEN);
    const value = randomBytes(size);
    value.writeBigUInt64BE(process.hrtime.bigint());
    await client.publish(topic, [value]);
  }
  return [];
}

/** How long ago each record was stamped when it came. */
async function consumeStamped(
  client: KafkaClientUnderTest,
  { topic, records }: KafkaTask,
): Promise<KafkaAnswer> {
  const times: number[] = [];
  let done = (): void => undefined;
  const finished = new Promise<void>((resolve) => (done = resolve));
  const stop = await client.consume(topic, (value) => {
    const now = process.hrtime.bigint();
    const stamp = Buffer.from(value.subarray(0, STAMP)).readBigUInt64BE();
    times.push(Number(now - stamp) / 1e6);
    if (times.length === records) done();
  });
  await finished;
  await stop();
  return times;
}
