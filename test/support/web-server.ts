import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** What a server of {@link webServer} does with a request. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on a free port of this host, gone after the test, and what it was asked. */
export interface WebServer {
  readonly url: string;
  readonly requests: IncomingMessage[];
  /** What it answers from now on. */
  answer: Answerer;
}

/** Starts a web server that answers as the test says. */
export async function webServer(answer: Answerer = gone): Promise<WebServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    running.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const running: WebServer = { url: `http://127.0.0.1:${port}`, requests, answer };
  return running;
}

/** Answers with a body. */
export function gives(body: Uint8Array | string, headers: Record<string, string> = {}): Answerer {
  return (_request, response) => {
    response.writeHead(200, headers).end(body);
  };
}

/** Answers with a status and nothing else. */
export function fails(status: number, headers: Record<string, string> = {}): Answerer {
  return (_request, response) => {
    response.writeHead(status, headers).end();
  };
}

function gone(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end();
}
