import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import { loadConfiguration } from '../../src/config/load.js';
import type { SettingFlags, Settings } from '../../src/config/resolve.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { reloadingJudge } from '../../src/session/judge.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const HOUR = 3_600_000;
const alice = parsePeerName('alice');

describe('the judge of a profile', () => {
  it('judges a path for the time in question, and revocation by the list of today', async () => {
    const { peer, settings, directory, now } = await scene();
    await writeList(peer, directory);
    const judge = reloadingJudge(settings, { clock: () => now }, fail);
    const aMinuteAgo = now - HOUR / 60;
    expect((await pathOf(judge, peer, aMinuteAgo)).passed).toBe(true);
    peer.authority.revoke(peer.certificate, 'keyCompromise');
    await writeList(peer, directory);
    const later = reloadingJudge(settings, { clock: Date.now }, fail);
    expect(await pathOf(later, peer, aMinuteAgo)).toMatchObject({ passed: false });
    expect((await pathOf(later, peer, aMinuteAgo)).detail).toContain('revoked');
  });

  it('accepts what came before the certificate expired, and not what came after', async () => {
    const { peer, settings, now } = await scene();
    const judge = reloadingJudge(settings, { clock: () => now + 800 * 24 * HOUR }, fail);
    expect((await pathOf(judge, peer, now)).passed).toBe(true);
    expect((await pathOf(judge, peer, now + 700 * 24 * HOUR)).passed).toBe(false);
  });

  it('follows a new revocation list without a restart', async () => {
    const { peer, settings, directory, now } = await scene();
    await writeList(peer, directory);
    let clock = now;
    const judge = reloadingJudge(settings, { clock: () => clock }, fail);
    expect((await pathOf(judge, peer, now)).passed).toBe(true);
    peer.authority.revoke(peer.certificate, 'keyCompromise');
    await writeList(peer, directory);
    // The list is of now, however long that took.
    clock = Date.now() + 2_000;
    const outcome = await pathOf(judge, peer, now);
    expect(outcome).toMatchObject({ passed: false });
    expect(outcome.detail).toContain('revoked');
  });

  it('follows the rules for single peers, and the anchors that they name, without a restart', async () => {
    const { peer, settings, directory, now } = await scene({ 'trust.peers': 'peers.json' });
    const write = (name: string, text: string): void => {
      writeFileSync(join(directory, name), text);
    };
    write('peers.json', '{}');
    let clock = now;
    const judge = reloadingJudge(settings, { clock: () => clock }, fail);
    const isTrusted = async (): Promise<boolean> => {
      clock += 2_000;
      return (await pathOf(judge, peer, now)).passed;
    };
    expect(await isTrusted()).toBe(true);
    write('alice.pem', certificateToPem((await makeAuthority()).root));
    write('peers.json', '{"alice": {"anchors": "alice.pem"}}');
    expect(await isTrusted()).toBe(false);
    write('alice.pem', certificateToPem(peer.authority.root) + '\n');
    expect(await isTrusted()).toBe(true);
  });

  it('keeps the lists it has, and says so, when a new one cannot be read', async () => {
    const { peer, settings, directory, now } = await scene();
    await writeList(peer, directory);
    let clock = now;
    const warnings: string[] = [];
    const judge = reloadingJudge(settings, { clock: () => clock }, (sentence) =>
      warnings.push(sentence),
    );
    writeFileSync(join(directory, 'list.crl'), 'half a file');
    clock += 2_000;
    expect((await pathOf(judge, peer, now)).passed).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('stay as they were')]);
  });
});

interface Scene {
  readonly peer: TestPeer;
  readonly settings: Settings;
  readonly directory: string;
  readonly now: number;
}

async function scene(flags: SettingFlags = {}): Promise<Scene> {
  const directory = temporaryDirectory();
  const peer = await makePeer('alice', 'p256', { authority: await makeAuthority() });
  writeFileSync(join(directory, 'anchor.pem'), certificateToPem(peer.authority.root));
  const { settings } = loadConfiguration({
    env: { MSG_HOME: directory },
    ...{ home: directory, cwd: directory },
    flags: {
      'trust.anchors': join(directory, 'anchor.pem'),
      'trust.crls': join(directory, 'list.crl'),
      directory: `0x${'11'.repeat(20)}`,
      'chain.id': '1',
      ...flags,
    },
  });
  await writeList(peer, directory);
  return { peer, settings, directory, now: Date.now() };
}

/** Writes the authority's list of today; the file's time moves, however quick the test is. */
async function writeList({ authority }: TestPeer, directory: string): Promise<void> {
  const [list] = await authority.crls();
  const path = join(directory, 'list.crl');
  writeFileSync(path, writePem('X509 CRL', list ?? Buffer.alloc(0)));
  const time = new Date(Date.now() + Math.random() * 1_000_000);
  utimesSync(path, time, time);
}

/** The last question that was asked of the path: the one that it failed, if one. */
async function pathOf(
  judge: ReturnType<typeof reloadingJudge>,
  { certificate, chain }: TestPeer,
  at: number,
) {
  const issuers = chain.map(({ der }) => der);
  const steps = await judge.path({ certificate, chain: issuers, peer: alice, at });
  return steps.at(-1) ?? expect.fail('nothing was asked');
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
