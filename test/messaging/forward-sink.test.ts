import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForwardSink, type ForwardOptions } from '../../src/messaging/forward-sink.js';
import { deliveryOf, headerOf } from '../support/messages.js';

const payload = Buffer.from('{"order": 17}');
const header = headerOf({
  ...{ name: 'Bestellung 50 %.json', type: 'größe', cid: 'c-1', size: payload.length },
  contentType: 'application/json',
});

interface Received {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

let server: Server;
let url: URL;
let received: Received[];
let answer: (response: ServerResponse, request: Received) => void;

beforeEach(async () => {
  received = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const one = { request, body: Buffer.concat(pieces) };
      received.push(one);
      answer(response, one);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in?key=secret`);
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function sinkFor(options: Partial<ForwardOptions> = {}): ForwardSink {
  return new ForwardSink({ url, timeout: 5_000, replies: false, clock: Date.now, ...options });
}

describe('a server that messages are posted to', () => {
  it('gets the payload, and all else in headers', async () => {
    const authorization = (): Promise<string> => Promise.resolve('Bearer token');
    const result = await sinkFor({ authorization }).deliver(deliveryOf(payload, { header }));
    expect(result).toEqual({ outcome: 'HTTP 204', milliseconds: expect.any(Number) as number });
    const [one] = received;
    expect(one?.body.equals(payload)).toBe(true);
    expect(one?.request).toMatchObject({
      ...{ method: 'POST', url: '/in?key=secret' },
      headers: {
        ...{ 'content-type': 'application/json', 'content-length': '13' },
        ...{ authorization: 'Bearer token', 'idempotency-key': `alice/${header.id}` },
        ...{ 'msg-id': header.id, 'msg-from': 'alice', 'msg-cid': 'c-1', 'msg-attempt': '1' },
        ...{ 'msg-type': 'gr%C3%B6%C3%9Fe', 'msg-name': 'Bestellung 50 %25.json' },
      },
    });
    expect(one?.request.headers).not.toHaveProperty('msg-reply-to');
  });

  it('gets large payloads whole, one after another over one connection', async () => {
    const large = randomBytes(5_000_000);
    const sink = sinkFor();
    for (let count = 0; count < 3; count++) await sink.deliver(deliveryOf(large));
    expect(received.every(({ body }) => body.equals(large))).toBe(true);
    expect(new Set(received.map(({ request }) => request.socket.remotePort)).size).toBe(1);
  });

  it('is posted to again at once when it had closed the kept connection', async () => {
    const sink = sinkFor();
    await sink.deliver(deliveryOf(payload));
    server.closeAllConnections();
    await sink.deliver(deliveryOf(payload));
    expect(received).toHaveLength(2);
  });

  it.each([500, 502, 503, 429, 408, 401, 301])(
    'lets the message wait with status %i',
    async (status) => {
      answer = (response) => response.writeHead(status).end('try\nlater');
      await expect(sinkFor().deliver(deliveryOf(payload))).rejects.toMatchObject({
        ...{ code: 'handler-failed', retryable: true },
        message: expect.stringMatching(
          new RegExp(`^http://127.0.0.1:\\d+/in answered ${status} [A-Za-z ]+: try later$`),
        ) as string,
      });
    },
  );

  it.each([400, 403, 404, 409, 413, 422])(
    'puts it into quarantine with status %i',
    async (status) => {
      answer = (response) => response.writeHead(status).end('x'.repeat(100_000));
      const refused = await sinkFor()
        .deliver(deliveryOf(payload))
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ reason: 'handler-failed', retryable: false });
      expect((refused as Error).message.length).toBeLessThan(1_200);
    },
  );

  it('lets the message wait when it says nothing', async () => {
    answer = () => undefined;
    await expect(sinkFor({ timeout: 200 }).deliver(deliveryOf(payload))).rejects.toMatchObject({
      ...{ code: 'sink-unavailable', retryable: true },
      message: expect.stringMatching(/no answer within 0\.2 s$/) as string,
    });
  });

  it('lets the message wait when it is not there, without a word of what is secret', async () => {
    const closed = new URL('http://127.0.0.1:9/in?key=secret');
    const failed = sinkFor({ url: closed }).deliver(deliveryOf(payload));
    await expect(failed).rejects.toMatchObject({
      ...{ code: 'sink-unavailable', retryable: true },
      message: expect.stringMatching(
        /^cannot post to http:\/\/127\.0\.0\.1:9\/in: .*ECONNREFUSED/,
      ) as string,
    });
  });

  it('answers with the reply, and its type, where one is wanted', async () => {
    answer = (response, { body }) =>
      response.writeHead(200, { 'content-type': 'text/csv' }).end(`ok;${body.length}`);
    const { reply } = await sinkFor({ replies: true }).deliver(deliveryOf(payload));
    expect(reply).toEqual({ payload: Buffer.from('ok;13'), contentType: 'text/csv' });
    expect(await sinkFor().deliver(deliveryOf(payload))).not.toHaveProperty('reply');
    answer = (response) => response.writeHead(200).end();
    expect((await sinkFor({ replies: true }).deliver(deliveryOf(payload))).reply).toBeUndefined();
  });
});
