import { createRequire } from 'node:module';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Sockets } from '../../../src/transport/kafka/sockets.js';

const FETCH = 1;
const HEARTBEAT = 12;
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11];

interface Decoder {
  decode(body: Buffer): Promise<{ readonly responses: readonly unknown[] }>;
}

/** kafkajs' own reader of the answers to a version of Fetch. */
function decoderOf(version: number): Decoder {
  const require = createRequire(import.meta.url);
  return require(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`) as Decoder;
}

function requestOf(key: number, { id, version }: { id: number; version: number }): Buffer {
  const request = Buffer.alloc(12);
  request.writeInt32BE(8);
  request.writeInt16BE(key, 4);
  request.writeInt16BE(version, 6);
  request.writeInt32BE(id, 8);
  return request;
}

function answerTo(id: number): Buffer {
  const answer = Buffer.alloc(12);
  answer.writeInt32BE(8);
  answer.writeInt32BE(id, 4);
  return answer;
}

const opened: { server: Server; sockets: Sockets }[] = [];

afterEach(() => {
  for (const { server, sockets } of opened.splice(0)) {
    sockets.destroy();
    server.close();
  }
});

/** A connection to somebody who answers only what the test has him answer. */
async function connect() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const sockets = new Sockets();
  opened.push({ server, sockets });
  const ssl = null as never;
  const client = sockets.factory({ host: '127.0.0.1', port, ssl, onConnect: () => undefined });
  client.on('error', () => undefined);
  const heard: Buffer[] = [];
  client.on('data', (data: Buffer) => heard.push(data));
  const [broker] = await accepted;
  return { sockets, client, broker, heard };
}

test.each(VERSIONS)(
  'a fetch of version %i ends with an answer without records',
  async (version) => {
    const { sockets, client, heard } = await connect();
    client.write(requestOf(FETCH, { id: 77, version }));
    sockets.endLongPolls();
    expect(heard).toHaveLength(1);
    const answer = heard[0] ?? Buffer.alloc(0);
    expect(answer.readInt32BE(0)).toBe(answer.length - 4);
    expect(answer.readInt32BE(4)).toBe(77);
    await expect(decoderOf(version).decode(answer.subarray(8))).resolves.toMatchObject({
      responses: [],
    });
  },
);

test('what the broker answers afterwards is not handed on', async () => {
  const { sockets, client, broker, heard } = await connect();
  client.write(requestOf(FETCH, { id: 1, version: 11 }));
  sockets.endLongPolls();
  broker.end(answerTo(1));
  await once(client, 'end');
  expect(heard).toHaveLength(1);
});

test('a fetch that was answered, and any other request, is left alone', async () => {
  const { sockets, client, broker, heard } = await connect();
  client.write(requestOf(FETCH, { id: 1, version: 11 }));
  broker.write(Buffer.concat([answerTo(0), answerTo(1)]));
  await expect.poll(() => Buffer.concat(heard).length).toBe(24);
  client.write(requestOf(HEARTBEAT, { id: 2, version: 3 }));
  const before = heard.length;
  sockets.endLongPolls();
  expect(heard).toHaveLength(before);
});
