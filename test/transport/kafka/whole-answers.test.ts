import Connection from 'kafkajs/src/network/connection.js';
import { expect, test, vi } from 'vitest';
import { takeWholeAnswers } from '../../../src/transport/kafka/whole-answers.js';

/** kafkajs' connection, as far as it takes answers in. */
interface Receiving {
  requestQueue: { fulfillRequest: (answer: { payload: Buffer }) => void };
  processData(data: Buffer): void;
}

function newConnection(): Receiving {
  const logger = { debug: () => undefined, error: () => undefined, namespace: () => logger };
  const Class = Connection as new (options: object) => Receiving;
  return new Class({ logger, host: 'none', port: 0, requestTimeout: 1000 });
}

function answer(length: number): Buffer {
  const bytes = Buffer.alloc(4 + length, 5);
  bytes.writeInt32BE(length);
  return bytes;
}

test('kafkajs still has the method that the patch replaces', () => {
  const { prototype } = Connection as { prototype: Partial<Receiving> };
  expect(prototype.processData).toBeTypeOf('function');
});

test('an answer that comes whole is not copied, the second one neither', () => {
  takeWholeAnswers();
  const connection = newConnection();
  const buffers: ArrayBufferLike[] = [];
  vi.spyOn(connection.requestQueue, 'fulfillRequest').mockImplementation(({ payload }) => {
    buffers.push(payload.buffer);
  });
  const answers = [answer(100_000), answer(100_000)];
  for (const one of answers) connection.processData(one);
  expect(buffers).toHaveLength(2);
  expect(buffers.every((one, index) => one === answers[index]?.buffer)).toBe(true);
});

test('an answer that comes in parts is still put together', () => {
  takeWholeAnswers();
  const connection = newConnection();
  const lengths: number[] = [];
  vi.spyOn(connection.requestQueue, 'fulfillRequest').mockImplementation(({ payload }) => {
    lengths.push(payload.length);
  });
  const bytes = Buffer.concat([answer(1000), answer(2000)]);
  for (const [from, to] of [
    [0, 3],
    [3, 700],
    [700, 1500],
    [1500, 3008],
  ] as const) {
    connection.processData(bytes.subarray(from, to));
  }
  // The correlation id, of four bytes, is not part of what an answer carries.
  expect(lengths).toEqual([996, 1996]);
});
