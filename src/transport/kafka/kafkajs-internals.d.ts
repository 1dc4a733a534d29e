declare module 'kafkajs/src/network/connection.js' {
  /** The class of every connection; kafkajs publishes no types for it. */
  const Connection: unknown;
  export default Connection;
}

declare module 'kafkajs/src/consumer/runner.js' {
  /** The class of the loop that reads for a consumer; kafkajs publishes no types for it. */
  const Runner: unknown;
  export default Runner;
}

declare module 'kafkajs/src/consumer/fetchManager.js' {
  /** Makes the loops that fetch, one a broker. */
  const createFetchManager: (options: object) => { start(): Promise<void> };
  export default createFetchManager;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The class of which every connection keeps one; kafkajs publishes no types for it. */
  const RequestQueue: unknown;
  export default RequestQueue;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    /** @param initialSize bytes; whoever puts in a buffer of its own needs none. */
    constructor(initialSize?: number);
    buf: Buffer;
    offset: number;
    /** What was written. */
    readonly buffer: Buffer;
    /** How many bytes that is. */
    size(): number;
    writeBuffer(bytes: Buffer): this;
    writeBufferInternal: (this: Encoder, bytes: Buffer) => void;
    writeEncoder(other: Encoder): this;
    writeEncoderArray(others: readonly Encoder[]): this;
  }
}

declare module 'kafkajs/src/protocol/requests/metadata/index.js' {
  interface MetadataOptions {
    topics: readonly string[];
    allowAutoTopicCreation?: boolean;
  }
  interface MetadataExchange {
    request: unknown;
    response: { decode(body: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
  }
  /** The versions of the request that kafkajs implements; it uses the highest that the broker has. */
  const metadata: {
    versions: readonly string[];
    protocol: (options: { version: number }) => (options: MetadataOptions) => MetadataExchange;
  };
  export default metadata;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  /** What a record set is made of; 64-bit numbers may be kafkajs' own `Long` or decimal text. */
  export interface RecordBatchFields {
    compression?: number;
    firstOffset?: { toString(): string };
    firstTimestamp: number;
    maxTimestamp: number;
    partitionLeaderEpoch?: number;
    lastOffsetDelta: number;
    transactional?: boolean;
    producerId?: { toString(): string };
    producerEpoch?: number;
    firstSequence?: number;
    /** Each record, written. */
    records: readonly Encoder[];
  }
  const recordBatch: { RecordBatch: (fields: RecordBatchFields) => Promise<Encoder> };
  export default recordBatch;
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  const writeRecord: (record: {
    offsetDelta: number;
    timestampDelta: number;
    key: Buffer;
    value: Buffer;
    headers?: Record<string, string>;
  }) => Encoder;
  export default writeRecord;
}

declare module 'kafkajs-snappy' {
  /** A codec in the shape that kafkajs asks for. */
  const snappy: () => { decompress(compressed: Buffer): Promise<Uint8Array> };
  export default snappy;
}
