import Connection from 'kafkajs/src/network/connection.js';

/** What the patch needs of kafkajs' connection. */
interface Receiving {
  chunks: Buffer[];
  bytesBuffered: number;
  processData: (this: Receiving, data: Buffer) => void;
}

let isPatched = false;

/**
 * Keeps kafkajs from copying an answer that came in one piece: it puts it behind the nothing that the
 * answer before it has left.
 *
 * @throws Error when this kafkajs has no such method; its version is pinned.
 */
export function takeWholeAnswers(): void {
  if (isPatched) return;
  const connection = connectionPrototype();
  const { processData } = connection;
  connection.processData = function (data) {
    if (this.bytesBuffered === 0) this.chunks = [];
    processData.call(this, data);
  };
  isPatched = true;
}

function connectionPrototype(): Receiving {
  const prototype: unknown = typeof Connection === 'function' ? Connection.prototype : undefined;
  if (!isReceiving(prototype)) throw new Error('kafkajs has no processData any more');
  return prototype;
}

function isReceiving(value: unknown): value is Receiving {
  return (
    typeof value === 'object' &&
    value !== null &&
    'processData' in value &&
    typeof value.processData === 'function'
  );
}
