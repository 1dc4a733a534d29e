import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RpcClient, RpcFault } from '../../src/registry/rpc.js';
import type { RpcOptions } from '../../src/registry/rpc.js';
import { startChain } from '../../src/sandbox/chain.js';
import type { NodeProxy } from './node-proxy.js';
import { HttpStatus, nodeProxy, Refusal } from './node-proxy.js';

/** A server that answers every request with `answer`, whatever was asked. */
async function echoing(answer: unknown): Promise<NodeProxy> {
  const proxy = await nodeProxy('http://127.0.0.1:1');
  proxy.interfere = () => Promise.resolve(answer);
  return proxy;
}

function call(options: RpcOptions): Promise<unknown> {
  return new RpcClient(options).call('eth_chainId', []);
}

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(() => undefined).catch((reason: unknown) => reason);
  return error instanceof Error ? `${error.message} ${String(error.cause)}` : 'no failure';
}

describe('a call', () => {
  it('is answered by a real node', async () => {
    const chain = await startChain({ chainId: 99 });
    onTestFinished(() => chain.stop());
    expect(await call({ urls: [chain.url] })).toBe('0x63');
  });

  it('goes to the next node when one is down', async () => {
    const up = await echoing('0x1');
    expect(await call({ urls: ['http://127.0.0.1:1', up.url] })).toBe('0x1');
  });

  it.each([502, 503, 504])('is tried again after status %d', async (status) => {
    const node = await echoing('0x1');
    node.interfere = () => Promise.resolve(node.calls.length < 3 ? new HttpStatus(status) : '0x1');
    expect(await call({ urls: [node.url] })).toBe('0x1');
    expect(node.calls).toHaveLength(3);
  });

  it('is tried again when the node has closed the connection that was kept', async () => {
    let requests = 0;
    const server = createHttpServer((request, response) => {
      requests += 1;
      // The second request finds the first one's connection and is cut off.
      if (requests === 2) request.socket.resetAndDestroy();
      else response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const options = { urls: [`http://127.0.0.1:${port}`] };
    expect([await call(options), await call(options)]).toEqual(['0x1', '0x1']);
    expect(requests).toBe(3);
  });

  it('is not tried again after other failures', async () => {
    const node = await echoing(new HttpStatus(500));
    await expect(call({ urls: [node.url] })).rejects.toMatchObject({
      code: 'chain-unreachable',
      message: `no chain node answers (${node.url}: HTTP status 500)`,
    });
    expect(node.calls).toHaveLength(1);
  });

  it('that the node refuses is no failure of the connection', async () => {
    const node = await echoing(new Refusal('execution reverted\u001b[2J', 3, '0x08c379a0'));
    const failure = call({ urls: [node.url, node.url] });
    await expect(failure).rejects.toBeInstanceOf(RpcFault);
    await expect(failure).rejects.toMatchObject({
      ...{ code: 3, data: '0x08c379a0', message: 'execution reverted [2J' },
    });
    expect(node.calls).toHaveLength(1);
  });

  it.each([
    ['text', 'down for maintenance', 'an answer that is not JSON'],
    ['a list', '[]', 'an answer that is not JSON-RPC 2.0'],
    ['null', 'null', 'an answer that is not JSON-RPC 2.0'],
  ])('is not answered by %s', async (_, body, reason) => {
    const server = createHttpServer((__, response) => response.end(body));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}`;
    await expect(call({ urls: [url] })).rejects.toMatchObject({
      message: `no chain node answers (${url}: ${reason})`,
    });
  });

  it('ends when nothing comes back in time', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}`;
    await expect(call({ urls: [url], timeout: 50 })).rejects.toMatchObject({
      message: `no chain node answers (${url}: no answer within 50 ms)`,
    });
  });

  it('does not read an endless answer', async () => {
    const node = await echoing('x'.repeat(2_000));
    await expect(call({ urls: [node.url], maxBytes: 1_000 })).rejects.toMatchObject({
      message: `no chain node answers (${node.url}: an answer of more than 1000 bytes)`,
    });
  });
});

describe('credentials', () => {
  const secret = 's3cr%65t';

  it('leave the address and go into a header', async () => {
    const node = await echoing('0x1');
    await call({ urls: [`http://me:${secret}@127.0.0.1:${node.port}`] });
    const expected = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;
    expect(node.calls.map(({ authorization }) => authorization)).toEqual([expected]);
  });

  it('can be a bearer token', async () => {
    const node = await echoing('0x1');
    await call({ urls: [node.url], authorization: { kind: 'bearer', token: 'abc.def' } });
    expect(node.calls[0]?.authorization).toBe('Bearer abc.def');
  });

  it('are in no message, whatever goes wrong', async () => {
    const node = await echoing(new HttpStatus(401));
    const address = (port: number): string => `http://me:${secret}@127.0.0.1:${port}/v3/key123`;
    const messages = [
      await messageOf(call({ urls: [address(node.port)] })),
      await messageOf(call({ urls: [address(1)] })),
      await messageOf(Promise.resolve().then(() => call({ urls: [`ftp://me:${secret}@key123`] }))),
      await messageOf(
        Promise.resolve().then(() =>
          call({ urls: [node.url], authorization: { kind: 'bearer', token: 's3cret\nx' } }),
        ),
      ),
    ];
    expect(messages).toHaveLength(4);
    for (const message of messages) {
      expect(message).not.toMatch(/s3cr|key123|no failure/);
    }
  });

  it('that are refused are named as the reason', async () => {
    const node = await echoing(new HttpStatus(401));
    await expect(call({ urls: [node.url] })).rejects.toMatchObject({ code: 'config' });
  });
});

describe('the configuration', () => {
  it('needs at least one address', () => {
    expect(() => new RpcClient({ urls: [] })).toThrow('no chain node is configured');
  });
});
