/**
 * Messages of 1 KiB on a real broker: in batches, beside raw kafkajs sending the same as records of their
 * own, 500 in each send; and one in an envelope, beside the sum of what that cannot do without: the bare
 * cryptography, two durable transactions of the ledger's size, and kafkajs publishing the record.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { open } from '../src/envelope/open.js';
import { Connection } from '../src/sqlite/connection.js';
import { makePeer } from '../test/support/pki.js';
import { headerFor, LIMITS } from '../test/support/sealed.js';
import { seal } from '../src/envelope/seal.js';
import { bareSeal } from './bare-crypto.js';
import { startContestants, type KafkaContestant } from './kafka-contestants.js';
import { printReport } from './report.js';
import { openStage, type Stage } from './stage.js';

const ROUNDS = 5;
const SIZE = 1024;
const MANY = { records: 10_000, size: SIZE, together: 500 };
const ALONE = { records: 200, size: SIZE, together: 1 };
/** What a message of 1 KiB has when it is sealed to one recipient: docs/wire-format.md. */
const SEALED = SIZE + 1650;
const RECEIVED = 3000;
/** kafkajs has thousands with one fetch, and its clock runs from the first record on. */
const RECEIVED_RAW = 100_000;
const PROGRAMS = [
  { name: 'batches', file: 'our-batches' },
  { name: 'alone', file: 'our-peers' },
  { name: 'kafkajs', file: 'raw-kafka' },
];

const stage = openStage();
try {
  const contestants = await startContestants(PROGRAMS, stage.bootstrap, [stage.files]);
  try {
    report(await measure(contestants, stage));
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
} finally {
  stage.close();
}

/** What each way takes: microseconds a message, the median of rounds in which all take turns. */
interface Times {
  readonly batches: number;
  readonly records: number;
  readonly alone: number;
  readonly record: number;
  readonly crypto: number;
  readonly ledger: number;
  readonly batchesIn: number;
  readonly recordsIn: number;
}

async function measure(
  [batches, alone, kafkajs]: readonly KafkaContestant[],
  { files }: Stage,
): Promise<Times> {
  if (batches === undefined || alone === undefined || kafkajs === undefined)
    throw new Error('who?');
  const topics = { topic: 'raw', in: 'raw.in' };
  for (const topic of [topics.topic, topics.in])
    await kafkajs.run({ ...MANY, kind: 'create', topic });
  const batchesIn = await timeReceiving(batches, '', RECEIVED);
  const recordsIn = await timeReceiving(kafkajs, topics.in, RECEIVED_RAW);
  const samples: Omit<Times, 'batchesIn' | 'recordsIn'>[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const { topic } = topics;
    const sample = {
      records: await each(kafkajs.run({ ...MANY, kind: 'publish', topic }), MANY.records),
      batches: await each(batches.run({ ...MANY, kind: 'publish', topic }), MANY.records),
      record: await each(
        kafkajs.run({ ...ALONE, size: SEALED, kind: 'publish', topic }),
        ALONE.records,
      ),
      alone: await each(alone.run({ ...ALONE, kind: 'publish', topic }), ALONE.records),
      crypto: await timeCrypto(),
      ledger: timeLedger(join(files, `ledger.${round}.db`)),
    };
    if (round >= 0) samples.push(sample);
  }
  const of = (name: keyof (typeof samples)[number]): number =>
    median(samples.map((one) => one[name]));
  return {
    ...{ batches: of('batches'), records: of('records'), alone: of('alone'), record: of('record') },
    ...{ crypto: of('crypto'), ledger: of('ledger'), batchesIn, recordsIn },
  };
}

async function timeReceiving(
  contestant: KafkaContestant,
  topic: string,
  records: number,
): Promise<number> {
  const task = { ...MANY, records, topic };
  await contestant.run({ ...task, kind: 'publish' });
  return each(contestant.run({ ...task, kind: 'consume' }), records);
}

async function each(run: Promise<readonly number[]>, records: number): Promise<number> {
  const [milliseconds = Number.NaN] = await run;
  return (milliseconds * 1000) / records;
}

/** What sealing asks of node:crypto, and a second lock for its author, who may have to open it again. */
async function timeCrypto(): Promise<number> {
  const [from, to] = [await makePeer('acme'), await makePeer('bolt')];
  const payload = randomBytes(SIZE);
  const header = headerFor(from, [to], payload);
  const input = { header, payload, signer: from, recipients: [to], signingTime: Date.now() };
  const opened = await open(await seal(input, randomBytes), [to], LIMITS);
  const run = bareSeal(from, to, opened);
  for (let warm = 0; warm < 100; warm++) run();
  return timed(() => {
    run();
  });
}

/** A durable transaction that keeps the sealed bytes and one that marks them, with nothing else. */
function timeLedger(path: string): number {
  const connection = new Connection({ path, what: 'the bench', busy: 'ledger-busy' });
  connection.exec(
    'CREATE TABLE kept (number INTEGER PRIMARY KEY, sealed BLOB, sent INTEGER) STRICT',
  );
  const sealed = randomBytes(SEALED);
  let number = 0;
  const took = timed(() => {
    connection.run('INSERT INTO kept (number, sealed) VALUES (?, ?)', ++number, sealed);
    connection.run('UPDATE kept SET sent = 1 WHERE number = ?', number);
  });
  connection.close();
  return took;
}

function timed(work: () => void): number {
  const begun = performance.now();
  for (let count = 0; count < ALONE.records; count++) work();
  return ((performance.now() - begun) * 1000) / ALONE.records;
}

function report(times: Times): void {
  const rate = (microseconds: number): number => 1e6 / microseconds;
  const sum = times.crypto + times.ledger + times.record;
  const ratio = times.records / times.batches;
  const whole = (value: number): string => value.toFixed(0);
  printReport(
    [
      ['1 KiB messages', 'msg', 'kafkajs', 'unit', 'ratio'],
      [
        'sent in batches',
        whole(rate(times.batches)),
        whole(rate(times.records)),
        'msg/s',
        ratio.toFixed(2),
      ],
      [
        'handled from batches',
        // A handler is told of each; the consumer beside it does nothing with what it gets.
        ...[whole(rate(times.batchesIn)), whole(rate(times.recordsIn)), 'msg/s', ''],
      ],
      ['sent alone', whole(times.alone), '', 'µs', (times.alone / sum).toFixed(2)],
      ['  of that: cryptography', whole(times.crypto), '', 'µs', ''],
      ['  two transactions', whole(times.ledger), '', 'µs', ''],
      ['  the record', '', whole(times.record), 'µs', ''],
    ],
    {
      name: 'messages',
      figures: {
        'in batches, msg/s': Math.round(rate(times.batches)),
        'kafkajs, 500 records a send, msg/s': Math.round(rate(times.records)),
        'handled from batches, msg/s': Math.round(rate(times.batchesIn)),
        'kafkajs consuming records, msg/s': Math.round(rate(times.recordsIn)),
        'alone µs': Math.round(times.alone),
        'cryptography µs': Math.round(times.crypto),
        'two durable transactions µs': Math.round(times.ledger),
        'the record, kafkajs µs': Math.round(times.record),
        'alone over their sum': Number((times.alone / sum).toFixed(3)),
      },
      comparedWith: 'raw kafkajs sending the same messages as records, 500 together',
      ratio: Number(ratio.toFixed(3)),
    },
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
