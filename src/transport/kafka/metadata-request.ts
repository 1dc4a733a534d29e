import Encoder from 'kafkajs/src/protocol/encoder.js';
import metadata from 'kafkajs/src/protocol/requests/metadata/index.js';
import { ByteReader } from './byte-reader.js';

const API_KEY = 3;
const API_VERSION = 10;
const NO_TOPIC_ID = Buffer.alloc(16);

/** kafkajs' own newest version of the request. */
const KAFKAJS_VERSION = 6;

let isTaught = false;

/**
 * Teaches kafkajs version 10 of the Metadata request (KIP-516), for two things that its version 6
 * lacks. The answer holds each topic's id, so that a topic deleted and made anew is noticed; it is
 * put into every partition's metadata, the only part that kafkajs hands on. And a connection that is
 * made for no topic yet asks for none, where kafkajs would fetch all of the cluster's.
 */
export function askForTopicIds(): void {
  if (isTaught) return;
  const original = metadata.protocol;
  metadata.versions = [...metadata.versions, `${API_VERSION}`];
  metadata.protocol = ({ version }) =>
    version >= API_VERSION ? request : original({ version: Math.min(version, KAFKAJS_VERSION) });
  isTaught = true;

  function request(options: { topics: readonly string[]; allowAutoTopicCreation?: boolean }) {
    const { response } = original({ version: KAFKAJS_VERSION })(options);
    return {
      request: {
        apiKey: API_KEY,
        apiVersion: API_VERSION,
        apiName: 'Metadata',
        encode: () => {
          const body = encodeRequest(options.topics, options.allowAutoTopicCreation ?? false);
          return Promise.resolve(new Encoder().writeBuffer(body));
        },
      },
      response: {
        decode: (body: Buffer) => Promise.resolve(decodeResponse(body)),
        parse: response.parse.bind(response),
      },
    };
  }
}

/** The id in a partition's metadata, as Kafka's own tools write it: base64url, 22 characters. */
export function topicIdOf(partitionMetadata: object | undefined): string | undefined {
  if (partitionMetadata === undefined || !('topicId' in partitionMetadata)) return undefined;
  return typeof partitionMetadata.topicId === 'string' ? partitionMetadata.topicId : undefined;
}

/** Begins with the tagged fields of request header 2, since kafkajs writes header 1. */
function encodeRequest(topics: readonly string[], allowAutoTopicCreation: boolean): Buffer {
  const entries = topics.flatMap((topic) => {
    const name = Buffer.from(topic);
    return [NO_TOPIC_ID, unsignedVarint(name.length + 1), name, NO_TAGGED_FIELDS];
  });
  return Buffer.concat([
    NO_TAGGED_FIELDS,
    unsignedVarint(topics.length + 1),
    ...entries,
    Buffer.from([allowAutoTopicCreation ? 1 : 0, 0, 0]),
    NO_TAGGED_FIELDS,
  ]);
}

const NO_TAGGED_FIELDS = Buffer.from([0]);

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function decodeResponse(body: Buffer) {
  const reader = new ByteReader(body);
  reader.skipTaggedFields();
  const clientSideThrottleTime = reader.int32();
  return {
    throttleTime: 0,
    clientSideThrottleTime,
    brokers: reader.compactArray(readBroker),
    clusterId: reader.compactString(),
    controllerId: reader.int32(),
    topicMetadata: reader.compactArray(readTopic),
  };
}

function readBroker(reader: ByteReader) {
  const broker = {
    nodeId: reader.int32(),
    host: reader.compactString(),
    port: reader.int32(),
    rack: reader.compactString(),
  };
  reader.skipTaggedFields();
  return broker;
}

function readTopic(reader: ByteReader) {
  const topicErrorCode = reader.int16();
  const topic = reader.compactString();
  const topicId = reader.bytes(16).toString('base64url');
  const isInternal = reader.boolean();
  const partitions = reader.compactArray(readPartition);
  reader.int32();
  reader.skipTaggedFields();
  const partitionMetadata = partitions.map((partition) => ({ ...partition, topicId }));
  return { topicErrorCode, topic, isInternal, partitionMetadata };
}

function readPartition(reader: ByteReader) {
  const partitionErrorCode = reader.int16();
  const partitionId = reader.int32();
  const leader = reader.int32();
  reader.int32();
  const replicas = reader.compactArray((one) => one.int32());
  const isr = reader.compactArray((one) => one.int32());
  const offlineReplicas = reader.compactArray((one) => one.int32());
  reader.skipTaggedFields();
  return { partitionErrorCode, partitionId, leader, replicas, isr, offlineReplicas };
}
