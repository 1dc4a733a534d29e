import { describe, expect, it } from 'vitest';
import type { Validators } from '../../src/crl/answer.js';
import { fetchList, type FetchLimits } from '../../src/crl/fetch.js';
import { fails, gives, webServer } from '../support/web-server.js';

const LIMITS: FetchLimits = {
  ...{ timeout: 10_000, maxBytes: 1000, signal: new AbortController().signal },
};

const ask = (url: string, known?: Validators, limits: Partial<FetchLimits> = {}) =>
  fetchList(url, known, { ...LIMITS, ...limits });

/** Why there was no list. */
async function failure(...asked: Parameters<typeof ask>): Promise<string> {
  const answer = await ask(...asked);
  return answer.kind === 'failed' ? answer.reason : `got ${answer.kind}`;
}

describe('a question for a list', () => {
  it('gives the bytes, and by what to ask the next time', async () => {
    const modified = 'Mon, 01 Jun 2026 12:00:00 GMT';
    const headers = { etag: '"1"', 'last-modified': modified, 'cache-control': 'max-age=60' };
    const server = await webServer(gives('a list', headers));
    expect(await ask(server.url)).toEqual({
      ...{ kind: 'list', body: Buffer.from('a list'), httpLifetime: 60_000 },
      validators: { etag: '"1"', lastModified: modified },
    });
    expect(server.requests[0]?.headers).not.toHaveProperty('if-none-match');
  });

  it('asks by them, and hears that nothing has changed', async () => {
    const server = await webServer(fails(304));
    const known = { etag: '"1"', lastModified: 'Mon, 01 Jun 2026 12:00:00 GMT' };
    expect(await ask(server.url, known)).toEqual({ kind: 'unchanged', httpLifetime: undefined });
    expect(server.requests[0]?.headers).toMatchObject({
      'if-none-match': '"1"',
      'if-modified-since': known.lastModified,
    });
  });

  it.each([404, 500, 204, 206])('fails with status %i', async (status) => {
    const { url } = await webServer(fails(status));
    expect(await failure(url)).toMatch(`HTTP status ${status}`);
  });

  it('fails where nobody listens', async () => {
    expect(await failure('http://127.0.0.1:1/')).toMatch('ECONNREFUSED');
  });

  it('fails in time where no answer comes, or not all of it', async () => {
    const silent = await webServer(() => undefined);
    expect(await failure(silent.url, undefined, { timeout: 50 })).toMatch('within 0.05 s');
    const slow = await webServer((_request, response) => {
      response.writeHead(200).write('a ');
    });
    expect(await failure(slow.url, undefined, { timeout: 50 })).toMatch('within 0.05 s');
  });

  it('fails where the connection ends too early', async () => {
    const { url } = await webServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      response.destroy();
    });
    expect(await failure(url)).toMatch(/ECONNRESET|aborted/);
  });

  it('fails where more comes than was agreed, without reading it all', async () => {
    let sent = 0;
    const { url } = await webServer((_request, response) => {
      const more = (): void => {
        for (let room = true; room && !response.destroyed; sent += 1000) {
          room = response.write(Buffer.alloc(1000));
        }
      };
      response.on('drain', more);
      more();
    });
    expect(await failure(url)).toMatch('more than 1000 bytes');
    expect(sent).toBeLessThan(50_000_000);
  });

  it('can be broken off', async () => {
    const { url } = await webServer(() => undefined);
    const ending = new AbortController();
    const asked = failure(url, undefined, { signal: ending.signal });
    ending.abort();
    expect(await asked).toBe('ABORT_ERR');
  });
});

describe('a redirection', () => {
  it('is followed on the same host', async () => {
    const server = await webServer((request, response) => {
      if (request.url === '/new') response.writeHead(200).end('a list');
      else response.writeHead(302, { location: '/new' }).end();
    });
    expect(await ask(`${server.url}/old`)).toMatchObject({ kind: 'list' });
  });

  it.each([
    ['http://localhost:PORT/', 'another host'],
    ['http://169.254.169.254/latest/meta-data', 'another host'],
    ['http://127.0.0.1:1/', 'another port'],
    ['file:///etc/passwd', 'another host'],
    ['file://127.0.0.1/etc/passwd', 'another protocol'],
    ['//evil.example/', 'another host'],
    ['http://', 'another host'],
  ])('to %s is not', async (location, reason) => {
    const server = await webServer();
    const to = location.replace('PORT', new URL(server.url).port);
    server.answer = fails(301, { location: to });
    expect(await failure(server.url)).toMatch(reason);
    expect(server.requests).toHaveLength(1);
  });

  it('in a circle ends', async () => {
    const server = await webServer(fails(302, { location: '/' }));
    expect(await failure(server.url)).toMatch('too many redirections');
    expect(server.requests.length).toBeLessThan(10);
  });
});
