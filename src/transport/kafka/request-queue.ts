import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** What the patch needs of kafkajs' queue of requests to one broker. */
interface Queue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: Queue) => void;
}

let isPatched = false;

/**
 * Keeps an idle connection idle. kafkajs 2.2.4 arms a timer whenever a request is answered, with a
 * negative delay when nothing is throttled, and the timer arms itself again: 860 wake-ups a second.
 * The replacement does nothing unless a request waits or a throttle runs.
 *
 * @throws Error when this kafkajs has no such method; its version is pinned.
 */
export function quietIdleConnections(): void {
  if (isPatched) return;
  const queue = queuePrototype();
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
  isPatched = true;
}

function queuePrototype(): Queue {
  const prototype: unknown =
    typeof RequestQueue === 'function' ? RequestQueue.prototype : undefined;
  if (!isQueue(prototype)) throw new Error('kafkajs has no scheduleCheckPendingRequests any more');
  return prototype;
}

function isQueue(value: unknown): value is Queue {
  return (
    typeof value === 'object' &&
    value !== null &&
    'scheduleCheckPendingRequests' in value &&
    typeof value.scheduleCheckPendingRequests === 'function'
  );
}
