import { expect, test } from 'vitest';
import { MsgError } from '../../../src/errors.js';
import { Lane, MOST_BATCH_RECORDS } from '../../../src/transport/kafka/lane.js';
import { PublishOutcomeUnknown, type OutgoingRecord } from '../../../src/transport/port.js';

const record = (text: string): OutgoingRecord => ({
  key: 'k',
  value: Buffer.from(text),
  headers: {},
});
const text = ({ value }: OutgoingRecord): string => Buffer.from(value).toString();

/** A log that takes one request at a time and keeps what came in each. */
class Log {
  readonly requests: string[][] = [];
  readonly refused = new Map<string, Error>();
  mostRecords = Infinity;
  #busy = false;
  #end = 0n;

  readonly send = async (records: readonly OutgoingRecord[]): Promise<bigint> => {
    expect(this.#busy).toBe(false);
    this.#busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.#busy = false;
    if (records.length > this.mostRecords) throw new MsgError('too-large', 'too many together');
    for (const one of records) {
      const error = this.refused.get(text(one));
      if (error !== undefined) throw error;
    }
    this.requests.push(records.map(text));
    this.#end += BigInt(records.length);
    return this.#end - BigInt(records.length);
  };
}

test('the first record goes at once, and what arrives meanwhile goes together', async () => {
  const log = new Log();
  const lane = new Lane(log.send);
  const offsets = await Promise.all(['a', 'b', 'c'].map((one) => lane.publish([record(one)])));
  expect(log.requests).toEqual([['a'], ['b', 'c']]);
  expect(offsets).toEqual([0n, 1n, 2n]);
});

test('a long call is split, in order, and gives its first offset', async () => {
  const log = new Log();
  const texts = Array.from({ length: 2 * MOST_BATCH_RECORDS + 1 }, (_, n) => `${n}`);
  expect(await new Lane(log.send).publish(texts.map(record))).toBe(0n);
  expect(log.requests.map((one) => one.length)).toEqual([500, 500, 1]);
  expect(log.requests.flat()).toEqual(texts);
});

test('records are split by bytes as well', async () => {
  const log = new Log();
  const large = Array.from({ length: 3 }, (_, n) => record(`${n}${'x'.repeat(400_000)}`));
  await new Lane(log.send).publish(large);
  expect(log.requests.map((one) => one.length)).toEqual([2, 1]);
});

test('a batch that is too large only as a whole is halved', async () => {
  const log = new Log();
  log.mostRecords = 2;
  await new Lane(log.send).publish(['a', 'b', 'c', 'd', 'e'].map(record));
  expect(log.requests).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
});

test('a refused call does not take its neighbours in the batch along', async () => {
  const log = new Log();
  log.refused.set('b', new MsgError('too-large', 'a record too large'));
  const lane = new Lane(log.send);
  const results = await Promise.allSettled(
    ['a', 'b', 'c'].map((one) => lane.publish([record(one)])),
  );
  expect(results.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(log.requests).toEqual([['a'], ['c']]);
});

test('a call of which a part was appended has an unknown outcome', async () => {
  const log = new Log();
  const texts = Array.from({ length: MOST_BATCH_RECORDS + 1 }, (_, n) => `${n}`);
  log.refused.set(texts.at(-1) ?? '', new MsgError('not-authorised', 'no longer'));
  const publish = new Lane(log.send).publish(texts.map(record));
  await expect(publish).rejects.toBeInstanceOf(PublishOutcomeUnknown);
  await expect(publish).rejects.toMatchObject({ appended: undefined });
});

test('a call of which the first records were appended says how many, where that is known', async () => {
  const log = new Log();
  log.mostRecords = 2;
  await new Lane(log.send).publish([record('before')]);
  log.refused.set('g', new MsgError('too-large', 'a record too large'));
  const publish = new Lane(log.send).publish(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(record));
  await expect(publish).rejects.toMatchObject({
    appended: { count: 6, baseOffset: 1n },
    cause: { code: 'too-large' },
  });
  expect(log.requests.flat()).toEqual(['before', 'a', 'b', 'c', 'd', 'e', 'f']);
});

test('a call of which none was appended says so', async () => {
  const log = new Log();
  log.mostRecords = 2;
  log.refused.set('a', new MsgError('too-large', 'a record too large'));
  const publish = new Lane(log.send).publish(['a', 'b', 'c', 'd'].map(record));
  await expect(publish).rejects.toMatchObject({ code: 'too-large' });
});

test('a batch is halved, too, where it was refused after an attempt without an answer', async () => {
  const log = new Log();
  log.mostRecords = 2;
  const lane = new Lane(unsureOfMany(log));
  await lane.publish(['a', 'b', 'c'].map(record));
  const [, ...together] = ['d', 'e', 'f', 'g'].map((one) => lane.publish([record(one)]));
  await Promise.all(together);
  expect(log.requests).toEqual([['a', 'b'], ['c'], ['d'], ['e'], ['f'], ['g']]);
});

test('what fails then has an unknown outcome, whatever the broker says of the half', async () => {
  const log = new Log();
  log.mostRecords = 2;
  log.refused.set('b', new MsgError('not-authorised', 'no longer'));
  const lane = new Lane(unsureOfMany(log));
  const published = lane.publish(['b', 'c', 'd'].map(record));
  await expect(published).rejects.toBeInstanceOf(PublishOutcomeUnknown);
  await expect(published).rejects.toMatchObject({ appended: undefined });
});

/** A log of which an attempt with too many records got no answer before it was refused. */
function unsureOfMany(log: Log) {
  return async (records: readonly OutgoingRecord[]): Promise<bigint> => {
    try {
      return await log.send(records);
    } catch (cause) {
      if (records.length <= log.mostRecords) throw cause;
      throw new PublishOutcomeUnknown('no answer at first', { cause });
    }
  };
}

test('a lane goes on after a failure', async () => {
  const log = new Log();
  log.refused.set('a', new MsgError('broker-unreachable', 'gone'));
  const lane = new Lane(log.send);
  await expect(lane.publish([record('a')])).rejects.toMatchObject({ code: 'broker-unreachable' });
  expect(await lane.publish([record('b')])).toBe(0n);
});
