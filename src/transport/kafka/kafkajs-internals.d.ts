declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The class of which every connection keeps one; kafkajs publishes no types for it. */
  const RequestQueue: unknown;
  export default RequestQueue;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeBuffer(bytes: Buffer): this;
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

declare module 'kafkajs-snappy' {
  /** A codec in the shape that kafkajs asks for. */
  const snappy: () => { decompress(compressed: Buffer): Promise<Uint8Array> };
  export default snappy;
}
