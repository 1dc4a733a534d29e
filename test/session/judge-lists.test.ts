import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfiguration } from '../../src/config/load.js';
import type { SettingFlags } from '../../src/config/resolve.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { PathStep } from '../../src/messaging/verify-peer.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { trustFor } from '../../src/session/judge.js';
import { publishedLists } from '../../src/session/published.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { fails, gives, webServer, type Answerer, type WebServer } from '../support/web-server.js';

const DAY = 86_400_000;
const alice = parsePeerName('alice');

/** An authority that publishes its lists on a web server, and a peer of it. */
async function published(
  options: { intermediate?: boolean } = {},
): Promise<{ readonly peer: TestPeer; readonly authority: Authority; readonly server: WebServer }> {
  const server = await webServer();
  const authority = await makeAuthority(options);
  const crlUrls = [`${server.url}/list.crl`];
  const peer = await makePeer('alice', 'p256', { authority, crlUrls });
  server.answer = await listsOf(authority);
  return { peer, authority, server };
}

async function listsOf(authority: Authority): Promise<Answerer> {
  const [list] = await authority.crls();
  return gives(list ?? Buffer.alloc(0));
}

/** What a profile with these settings says of the peer's certificate now, or at another time. */
function judgeOf(authority: Authority, flags: SettingFlags = {}) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'anchor.pem'), certificateToPem(authority.root));
  const configuration = loadConfiguration({
    ...{ env: { MSG_HOME: directory }, home: directory, cwd: directory },
    flags: { 'trust.anchors': join(directory, 'anchor.pem'), ...flags },
  });
  const time = { now: Date.now() };
  const clock = (): number => time.now;
  const tools = { clock, random: (length: number) => randomBytes(length), debug: () => undefined };
  const lists = publishedLists(configuration, tools);
  onTestFinished(() => lists?.close());
  const trust = trustFor(configuration.settings, { clock, published: lists });
  /** The last question that was asked of the path: the one that it failed, if one. */
  const judge = async ({ certificate, chain }: TestPeer, at = time.now): Promise<PathStep> => {
    const issuers = chain.map(({ der }) => der);
    const steps = await trust.path({ certificate, chain: issuers, peer: alice, at });
    return steps.at(-1) ?? expect.fail('nothing was asked');
  };
  return { judge, time };
}

describe('a certificate that names a distribution point', () => {
  it('is accepted where the list there is current and does not name it', async () => {
    const { peer, authority } = await published();
    const outcome = await judgeOf(authority).judge(peer);
    expect(outcome).toMatchObject({ passed: true });
    expect(outcome.detail).toMatch(/^not revoked by the list of CN=.* \(20.*Z, due 20.*Z\)$/);
  });

  it('is refused for good where the list names it', async () => {
    const { peer, authority, server } = await published();
    authority.revoke(peer.certificate, 'keyCompromise');
    server.answer = await listsOf(authority);
    const outcome = await judgeOf(authority).judge(peer);
    expect(outcome).toEqual({
      ...{ check: 'revocation', passed: false },
      detail: 'CN=alice,O=Test: it was revoked (keyCompromise)',
    });
  });

  it('is refused once the list that is fetched anew names it', async () => {
    const { peer, authority, server } = await published();
    const { judge, time } = judgeOf(authority);
    expect((await judge(peer)).passed).toBe(true);
    authority.revoke(peer.certificate, 'superseded');
    server.answer = await listsOf(authority);
    expect((await judge(peer)).passed).toBe(true);
    time.now += 3_600_000;
    expect((await judge(peer)).detail).toContain('revoked (superseded)');
  });

  it.each(['require', 'if-published'])('waits where no list can be had (%s)', async (mode) => {
    const { peer, authority, server } = await published();
    server.answer = fails(503);
    const { judge, time } = judgeOf(authority, { 'trust.revocation': mode });
    const outcome = await judge(peer);
    expect(outcome).toMatchObject({ passed: false, transient: true });
    expect(outcome.detail).toContain(`(${server.url}/list.crl: HTTP status 503)`);
    server.answer = await listsOf(authority);
    time.now += 30_000;
    expect((await judge(peer)).passed).toBe(true);
  });

  it('waits where the list at hand has been out of date for long', async () => {
    const { peer, authority, server } = await published();
    const { judge, time } = judgeOf(authority);
    expect((await judge(peer)).passed).toBe(true);
    server.answer = fails(503);
    time.now += 8 * DAY;
    const outcome = await judge(peer);
    expect(outcome).toMatchObject({ passed: false, transient: true });
    expect(outcome.detail).toContain('due for replacement');
  });

  it('is accepted without a list only where that was said, and the reason is told', async () => {
    const { peer, authority, server } = await published();
    server.answer = fails(404);
    const lax = await judgeOf(authority, { 'trust.revocation': 'if-available' }).judge(peer);
    expect(lax.passed).toBe(true);
    expect(lax.detail).toContain('no current revocation list covers it (http://127.0.0.1');
    const off = await judgeOf(authority, { 'trust.revocation': 'off' }).judge(peer);
    expect(off.detail).toContain('revocation lists are not asked');
    expect(server.requests).toHaveLength(1);
  });

  it('is refused for good where fetching is off, and no file has the list', async () => {
    const { peer, authority, server } = await published();
    const outcome = await judgeOf(authority, { 'trust.crl-fetch': 'off' }).judge(peer);
    expect(outcome).toEqual({
      ...{ check: 'revocation', passed: false },
      detail: 'CN=alice,O=Test: no revocation list at hand covers it',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('has nobody asked for it unless it leads to an anchor', async () => {
    const { peer, server } = await published();
    const outcome = await judgeOf(await makeAuthority()).judge(peer);
    expect(outcome).toMatchObject({ passed: false });
    expect(server.requests).toHaveLength(0);
  });

  it('is not asked about after it has expired, and what it signed before stands', async () => {
    const { peer, authority, server } = await published();
    const { judge, time } = judgeOf(authority);
    const then = time.now;
    time.now += 800 * DAY;
    const outcome = await judge(peer, then);
    expect(outcome).toMatchObject({ passed: true });
    expect(outcome.detail).toContain('not valid now');
    expect(server.requests).toHaveLength(0);
  });
});

describe('a certificate without a distribution point', () => {
  it('is refused for good, unless the profile says what stands for a list', async () => {
    const authority = await makeAuthority();
    const peer = await makePeer('alice', 'p256', { authority });
    const strict = await judgeOf(authority).judge(peer);
    expect(strict).not.toHaveProperty('transient');
    expect(strict.detail).toContain('no revocation list at hand covers it');
    const published = await judgeOf(authority, { 'trust.revocation': 'if-published' }).judge(peer);
    expect(published).toMatchObject({ passed: true });
    expect(published.detail).toContain('no current revocation list covers it');
  });

  it('below a CA with one is refused as well: every certificate of the path counts', async () => {
    const { peer, authority } = await published({ intermediate: true });
    const outcome = await judgeOf(authority).judge(peer);
    expect(outcome).toMatchObject({ passed: false });
    expect(outcome.detail).toContain('CN=msg sandbox root issuing: no revocation list');
  });
});
