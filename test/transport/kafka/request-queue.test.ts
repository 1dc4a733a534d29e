import type { EventEmitter } from 'node:events';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { expect, test } from 'vitest';
import { quietIdleConnections } from '../../../src/transport/kafka/request-queue.js';

interface Queue extends EventEmitter {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

function newQueue(): Queue {
  const logger = { debug: () => undefined, warn: () => undefined };
  const Class = RequestQueue as new (options: object) => Queue;
  return new Class({ logger, clientId: 'test', broker: 'none:0', requestTimeout: 1000 });
}

test('kafkajs still has the method that the patch replaces', () => {
  const { prototype } = RequestQueue as { prototype: Partial<Queue> };
  expect(prototype.scheduleCheckPendingRequests).toBeTypeOf('function');
});

test('an idle connection arms no timer', () => {
  quietIdleConnections();
  const queue = newQueue();
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

test('a throttled connection still arms one', () => {
  quietIdleConnections();
  const queue = newQueue();
  queue.throttledUntil = Date.now() + 60_000;
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();
});
