import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { contextTag } from '../../src/asn1/values.js';
import { integer, sequence, tlv } from '../../src/asn1/writer.js';
import { ListStore } from '../../src/crl/list-store.js';
import type { ListSource } from '../../src/crl/points.js';
import {
  PublishedLists,
  type BringTerms,
  type PublishedListsOptions,
} from '../../src/crl/published-lists.js';
import { writePem } from '../../src/asn1/pem.js';
import type { RevocationList } from '../../src/x509/crl.js';
import * as write from '../../src/x509/write-extensions.js';
import { ca, NOW, revocationList, type ListOptions } from '../support/issue.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { fails, gives, webServer, type WebServer } from '../support/web-server.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const root = ca({ subject: 'CN=Root' });
const other = ca({ subject: 'CN=Other' });
const impostor = ca({ subject: 'CN=Root' });
const SIGNERS = [other, root].map(({ certificate }) => certificate);

let now: number;
let directory: string;
let server: WebServer;

beforeEach(async () => {
  now = NOW;
  directory = join(temporaryDirectory(), 'crls');
  server = await webServer();
});

const list = (options: Partial<ListOptions> = {}): RevocationList =>
  revocationList({ issuer: root, ...options });

function open(changes: Partial<PublishedListsOptions> = {}): PublishedLists {
  const store = new ListStore(directory, (length) => randomBytes(length));
  const lists = new PublishedLists({
    ...{ store, clock: () => now, maxAge: HOUR, timeout: 10_000, debug: () => undefined },
    ...changes,
  });
  onTestFinished(() => {
    lists.close();
  });
  return lists;
}

const at = (...paths: string[]): ListSource => ({
  ...{ kind: 'complete', urls: paths.map((path) => `${server.url}${path}`) },
});

const bring = (lists: PublishedLists, source = at('/'), terms: Partial<BringTerms> = {}) =>
  lists.bring({ sources: [source], signers: SIGNERS }, { patience: 'full', ...terms });

/** Which of the lists are at hand. */
const held = ({ lists }: PublishedLists): readonly Uint8Array[] => lists.map(({ der }) => der);

describe('a list that a distribution point gives', () => {
  it('is at hand once it was fetched, and is not fetched again while it is fresh', async () => {
    const one = list();
    server.answer = gives(one.der);
    const lists = open();
    expect(await bring(lists)).toEqual([]);
    expect(held(lists)).toEqual([one.der]);
    now += HOUR - 1;
    expect(await bring(lists)).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('is taken as PEM, too', async () => {
    server.answer = gives(writePem('X509 CRL', list().der));
    expect(await bring(open())).toEqual([]);
  });

  it('is shared by all processes of a user', async () => {
    server.answer = gives(list().der);
    const [first, second] = [open(), open()];
    await bring(first);
    await bring(second);
    expect(held(second)).toEqual(held(first));
    expect(server.requests).toHaveLength(1);
  });

  it('is taken from another process that has fetched it anew meanwhile', async () => {
    const [first, second] = [open(), open()];
    server.answer = gives(list().der);
    await bring(first);
    await bring(second);
    now += HOUR;
    const next = list({ thisUpdate: now });
    server.answer = gives(next.der);
    await bring(first);
    const { version } = second;
    expect(await bring(second)).toEqual([]);
    expect(held(second)).toEqual([next.der]);
    expect(second.version).not.toBe(version);
    expect(server.requests).toHaveLength(2);
  });

  it('is asked for by its tag when it is due, and stays when it has not changed', async () => {
    server.answer = gives(list().der, { etag: '"1"' });
    const lists = open();
    await bring(lists);
    const { version } = lists;
    now += HOUR;
    server.answer = fails(304);
    expect(await bring(lists)).toEqual([]);
    expect(server.requests[1]?.headers['if-none-match']).toBe('"1"');
    await bring(lists);
    expect(server.requests).toHaveLength(2);
    expect(lists.version).toBe(version);
  });

  it('is fetched once for many who want it at the same time', async () => {
    server.answer = gives(list().der);
    const lists = open();
    await Promise.all([bring(lists), bring(lists), bring(lists)]);
    expect(server.requests).toHaveLength(1);
  });

  it('is fetched anew on demand', async () => {
    server.answer = gives(list().der);
    const lists = open();
    await bring(lists);
    await bring(lists, at('/'), { anew: true });
    expect(server.requests).toHaveLength(2);
  });
});

describe('what a distribution point gives is not taken', () => {
  const cases: [string, () => Uint8Array | string][] = [
    ['that is no list', () => '<html>not here</html>'],
    ['that is two lists', () => writePem('X509 CRL', list().der).repeat(2)],
    ['that somebody else has signed', () => list({ issuer: impostor }).der],
    [
      'that is of an authority that has nothing to do with it',
      () => list({ issuer: ca({ subject: 'CN=X' }) }).der,
    ],
    ['that was changed', () => Buffer.from(list().der).fill(0x55, list().der.length - 6)],
  ];
  it.each(cases)('%s', async (_what, body) => {
    server.answer = gives(body());
    const lists = open();
    const [problem] = await bring(lists);
    expect(problem).toMatch(/no revocation list|no authority of the certificate has signed/);
    expect(held(lists)).toEqual([]);
  });

  it('that is older than what is at hand', async () => {
    const [older, newer] = [list({ thisUpdate: NOW - HOUR }), list({ thisUpdate: NOW })];
    const lists = open();
    server.answer = gives(newer.der);
    await bring(lists);
    now += HOUR;
    server.answer = gives(older.der);
    expect(await bring(lists)).toEqual([]);
    expect(held(lists)).toEqual([newer.der]);
    expect(held(open())).toEqual([]);
    const fresh = open();
    await bring(fresh);
    expect(held(fresh)).toEqual([newer.der]);
  });
});

describe('a distribution point that gives nothing', () => {
  it('is told of, and is not asked again at once, by no process', async () => {
    server.answer = fails(503);
    const lists = open();
    const expected = [`${server.url}/: HTTP status 503`];
    expect(await bring(lists)).toEqual(expected);
    expect(await bring(lists)).toEqual(expected);
    expect(await bring(open())).toEqual(expected);
    expect(server.requests).toHaveLength(1);
    now += MINUTE / 2;
    server.answer = gives(list().der);
    expect(await bring(lists)).toEqual([]);
  });

  it('leaves the list at hand in use until that is out of date', async () => {
    const one = list({ nextUpdate: NOW + 2 * HOUR });
    server.answer = gives(one.der);
    const lists = open();
    await bring(lists);
    server.answer = fails(500);
    now += 2 * HOUR;
    expect(await bring(lists)).toEqual([]);
    now += HOUR;
    expect(await bring(lists)).toEqual([`${server.url}/: HTTP status 500`]);
    expect(held(lists)).toEqual([one.der]);
  });

  it('is told of as well where it gives a list that is out of date already', async () => {
    server.answer = gives(list({ thisUpdate: NOW - 2 * HOUR, nextUpdate: NOW - HOUR }).der);
    expect(await bring(open())).toEqual([`${server.url}/: an outdated list`]);
  });

  it('is passed over for the next address of the same list', async () => {
    const one = list();
    server.answer = (request, response) => {
      if (request.url === '/down') response.writeHead(500).end();
      else response.writeHead(200).end(one.der);
    };
    const lists = open();
    expect(await bring(lists, at('/down', '/up', '/unused'))).toEqual([]);
    expect(server.requests.map(({ url }) => url)).toEqual(['/down', '/up']);
  });

  it('keeps nobody waiting who has no patience, and nobody twice who has little', async () => {
    server.answer = () => undefined;
    const lists = open();
    expect(await bring(lists, at('/'), { patience: 'none' })).toEqual([
      `${server.url}/: no answer yet`,
    ]);
    const first = bring(lists, at('/'), { patience: 'short' });
    expect(await bring(lists, at('/'), { patience: 'short' })).toEqual([
      `${server.url}/: no answer yet`,
    ]);
    let isOver = false;
    void first.then(() => (isOver = true));
    await until('it was asked', () => server.requests.length > 0);
    expect(isOver).toBe(false);
    expect(await first).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
  });

  it('makes the patient wait for no longer than was agreed', async () => {
    server.answer = () => undefined;
    const reason = 'no answer within 0.2 s';
    expect(await bring(open({ timeout: 200 }))).toEqual([`${server.url}/: ${reason}`]);
  });
});

describe('delta lists', () => {
  const freshest = (url: string): Buffer => {
    const name = tlv(contextTag(6, 'primitive'), Buffer.from(url));
    const full = tlv(contextTag(0, 'constructed'), tlv(contextTag(0, 'constructed'), name));
    return write.extension('551d2e', sequence(sequence(full)));
  };
  const delta = (): RevocationList =>
    list({ number: 2, extensions: [write.extension('551d1b', integer(1), true)] });

  it('are fetched where the complete list names them', async () => {
    const [base, changes] = [list({ extensions: [freshest(`${server.url}/delta`)] }), delta()];
    server.answer = (request, response) => {
      response.writeHead(200).end(request.url === '/delta' ? changes.der : base.der);
    };
    const lists = open();
    expect(await bring(lists)).toEqual([]);
    expect(held(lists)).toEqual([base.der, changes.der]);
  });

  it('are done without where they cannot be had', async () => {
    const base = list({ extensions: [freshest(`${server.url}/delta`)] });
    server.answer = (request, response) => {
      if (request.url === '/delta') response.writeHead(404).end();
      else response.writeHead(200).end(base.der);
    };
    const lists = open();
    expect(await bring(lists)).toEqual([]);
    expect(held(lists)).toEqual([base.der]);
  });
});
