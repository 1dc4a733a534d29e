import Runner from 'kafkajs/src/consumer/runner.js';

/** What the patch needs of kafkajs' loop that reads for a consumer. */
interface Running {
  readonly running: boolean;
  fetch: (this: Running, nodeId: string) => Promise<unknown>;
}

let isPatched = false;

/**
 * Ends the loops that fetch together with their consumer. kafkajs 2.2.4 makes new ones when the brokers
 * change; a consumer that is told to end in that moment ends the former ones only. The new ones find that
 * it does not run, take that for "no records yet" and ask again at once: for ever, without letting
 * anything else in this process have its turn.
 *
 * @throws Error when this kafkajs has no such method; its version is pinned.
 */
export function endFetchersWithConsumer(): void {
  if (isPatched) return;
  const runner = runnerPrototype();
  const fetch = runner.fetch;
  runner.fetch = function (nodeId) {
    if (!this.running) return Promise.reject(new Error('this consumer has ended'));
    return fetch.call(this, nodeId);
  };
  isPatched = true;
}

function runnerPrototype(): Running {
  const prototype: unknown = typeof Runner === 'function' ? Runner.prototype : undefined;
  if (!isRunner(prototype)) throw new Error('kafkajs has no fetch of a runner any more');
  return prototype;
}

function isRunner(value: unknown): value is Running {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fetch' in value &&
    typeof value.fetch === 'function'
  );
}
