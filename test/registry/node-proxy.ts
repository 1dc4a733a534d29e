import { createServer } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** One call on its way through the proxy. */
export interface ProxiedCall {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly authorization: string | undefined;
}

/** What to do with a call: give its true answer, or one's own. */
export type Interference = (call: ProxiedCall, forward: () => Promise<unknown>) => Promise<unknown>;

/** An HTTP status to answer with instead of JSON-RPC. */
export class HttpStatus {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** A JSON-RPC error, the node's own or one's own. */
export class Refusal {
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
  constructor(message: string, code = -32_000, data?: unknown) {
    this.error = { code, message, ...(data === undefined ? {} : { data }) };
  }
}

/** A real HTTP server in front of a real node, which sees and may alter every call. */
export interface NodeProxy {
  readonly url: string;
  readonly port: number;
  readonly calls: ProxiedCall[];
  interfere: Interference;
}

/** Puts a proxy in front of a node until the test ends; at first it alters nothing. */
export async function nodeProxy(target: string): Promise<NodeProxy> {
  const calls: ProxiedCall[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { id, method, params } = JSON.parse(body) as {
        id: number;
        method: string;
        params: unknown[];
      };
      const call = { method, params, authorization: request.headers.authorization };
      calls.push(call);
      const result = await proxy.interfere(call, () => forward(target, body));
      if (result instanceof HttpStatus) response.writeHead(result.status).end();
      else if (result instanceof Refusal) response.end(JSON.stringify({ id, error: result.error }));
      else response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const proxy: NodeProxy = {
    ...{ url: `http://127.0.0.1:${port}`, port, calls },
    interfere: (_, pass) => pass(),
  };
  return proxy;
}

async function forward(target: string, body: string): Promise<unknown> {
  const answer = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { result, error } = (await answer.json()) as { result: unknown; error?: Refusal['error'] };
  return error === undefined ? result : new Refusal(error.message, error.code, error.data);
}
