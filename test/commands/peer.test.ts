import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READER_CHECKS } from '../../src/commands/peer-inquiry.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { parseAddress } from '../../src/registry/address.js';
import { openDirectoryWriter } from '../../src/registry/ethers.js';
import type { DirectoryWriter } from '../../src/registry/writer-port.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

const REFRESHED = ['--refresh', '--json'];
const EVIL = 'evil\u001b[2J\u202egnp.exe';

describe('the address book', () => {
  let consortium: Consortium;

  /** What writes to the directory past every check that msg makes. */
  const writerOf = (account: number): Promise<DirectoryWriter> => {
    const { chain, state } = consortium.network;
    const privateKey = chain.accounts[account]?.privateKey ?? '';
    return openDirectoryWriter({
      ...{ rpc: { urls: [chain.url] }, chainId: chain.chainId, pollInterval: 5 },
      ...{ account: { kind: 'key', privateKey }, lockDirectory: consortium.home },
      address: parseAddress(state.directory),
    });
  };

  beforeAll(async () => {
    consortium = await raiseConsortium();
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('lists peers as a table on a terminal, as tab-separated text in a pipe', async () => {
    const table = await consortium.as('alice', ['peer', 'list'], {
      ...{ terminals: ['stdout'], columns: 120 },
    });
    expect(table.stdout).toMatch(/^PEER +STATUS +VERSION +VALID UNTIL +VERDICT\nalice +active +0 /);
    const piped = await consortium.ok('alice', ['peer', 'list']);
    const rows = piped
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(
      rows.map(([name, status, version, , verdict]) => [name, status, version, verdict]),
    ).toEqual([
      ['alice', 'active', '0', 'trusted'],
      ['bob', 'active', '0', 'trusted'],
    ]);
  });

  it('gives whole records as JSON', async () => {
    const lines = (await consortium.ok('alice', ['peer', 'list', '--json'])).trim().split('\n');
    const [alice] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(alice).toMatchObject({
      ...{ name: 'alice', status: 'active', trusted: true, inbox: 'msg.in.alice' },
      owner: consortium.account(ACCOUNT.alice),
      certificates: [{ index: 0, certificate: { subject: 'CN=alice,O=Sandbox', key: 'EC P-256' } }],
    });
    const shown = JSON.parse(
      await consortium.ok('bob', ['peer', 'show', 'alice', '--json']),
    ) as object;
    expect(shown).toEqual(alice);
  });

  it('shows every check with its reason, and ends with 0 for a trusted peer', async () => {
    const verified = await consortium.as('alice', ['peer', 'verify', 'bob', '--json']);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      ...{ peer: 'bob', index: 0, trusted: true, notMade: [] },
      steps: READER_CHECKS.map((check) => ({
        check,
        passed: true,
      })),
    });
  });

  it('judges validity as of another time with --at', async () => {
    const verified = await consortium.as('alice', ['peer', 'verify', 'bob', '--at', '2200-01-01']);
    expect(verified.code).toBe(3);
    const lines = verified.stdout.trim().split('\n');
    expect(lines.map((line) => line.split('\t').slice(0, 2))).toEqual([
      ...['directory', 'status', 'version', 'pin', 'path'].map((check) => [check, 'pass']),
      ['validity', 'fail'],
      ...['key', 'use', 'revocation', 'name', 'proof'].map((check) => [check, 'not made']),
    ]);
    expect(lines[5]).toContain('expired');
    expect(verified.stderr).toContain('peer bob is not trusted');
  });

  it('knows nobody of a name that was never given out', async () => {
    const unknown = await consortium.as('alice', ['peer', 'show', 'nobody']);
    expect(unknown).toMatchObject({ code: 3, stdout: '' });
  });

  it('works offline from the cache, and says with --refresh that the chain is away', async () => {
    const away = ['--chain-url', 'http://127.0.0.1:1'];
    expect((await consortium.as('alice', ['peer', 'list', ...away])).code).toBe(0);
    const refreshed = await consortium.as('alice', ['peer', 'list', '--refresh', ...away]);
    expect(refreshed).toMatchObject({ code: 75, stdout: '' });
  });

  it('sees with --refresh at once what others have changed', async () => {
    const name = parsePeerName('late');
    await consortium.ok('alice', ['peer', 'list']);
    const registrar = await writerOf(ACCOUNT.registrar);
    await registrar.admit({ name, owner: consortium.account(5) });
    const cached = await consortium.ok('alice', ['peer', 'list']);
    expect(cached).not.toContain('late');
    const fresh = await consortium.ok('alice', ['peer', 'list', '--refresh']);
    expect(fresh).toContain('late\tactive\t-\t-\tversion: no certificate was ever published');
  });

  it('lists without verdicts for a profile that has no trust anchors yet', async () => {
    consortium.addProfile('newcomer', 8, { 'trust.anchors': undefined });
    const listed = await consortium.as('newcomer', ['peer', 'list']);
    expect(listed.code).toBe(0);
    expect(listed.stderr).toContain('trust.anchors is not set');
    expect(listed.stdout).toContain('alice\tactive\t0');
    expect(listed.stdout).not.toContain('trusted');
    expect((await consortium.as('newcomer', ['peer', 'verify', 'alice'])).code).toBe(2);
  });

  it('shows text that a peer published without letting it act on the terminal', async () => {
    const name = parsePeerName('evil');
    const registrar = await writerOf(ACCOUNT.registrar);
    await registrar.admit({ name, owner: consortium.account(6) });
    const owner = await writerOf(6);
    const profile = Buffer.from(JSON.stringify({ note: EVIL, inbox: '../../etc' }));
    await owner.setProfile(name, profile);
    const rubbish = { leaf: randomBytes(300), chain: [randomBytes(10)], proof: randomBytes(8) };
    await owner.publish({ name, index: 0, ...rubbish });
    const shown = await consortium.ok('alice', ['peer', 'show', 'evil', '--refresh']);
    expect(shown).toContain('note: evil\\x1b[2J\\u{202e}gnp.exe');
    expect(shown).toContain('inbox: msg.in.evil');
    expect(shown).toContain('certificate: unreadable');
    expect(shown).not.toContain('\u001b');
    const listed = await consortium.ok('alice', ['peer', 'list']);
    expect(listed).toContain('evil\tactive\t0\t-\tpin: what was published is no certificate');
    const json = JSON.parse(
      await consortium.ok('alice', ['peer', 'show', 'evil', '--json']),
    ) as object;
    expect(json).toMatchObject({ profile: { note: EVIL }, trusted: false, failed: 'pin' });
  });

  it('uncovers a certificate that was copied from somebody else', async () => {
    const name = parsePeerName('copycat');
    const registrar = await writerOf(ACCOUNT.registrar);
    await registrar.admit({ name, owner: consortium.account(7) });
    const alice = JSON.parse(await consortium.ok('alice', ['peer', 'show', 'alice', '--json'])) as {
      certificates: { fingerprint: string }[];
    };
    const { chain, state } = consortium.network;
    const { openAddressBook } = await import('../../src/registry/address-book.js');
    const book = openAddressBook({
      ...{ path: `${consortium.home}/copy.db`, chainId: chain.chainId, clock: Date.now },
      ...{ address: parseAddress(state.directory), rpc: { urls: [chain.url] } },
    });
    const original = (await book.find(parsePeerName('alice'), { maxAge: 0, maxStale: 0 }))
      ?.certificates[0];
    book.close();
    if (original === undefined) expect.fail('alice has no certificate');
    const { leaf, chain: issuers, proof } = original;
    await (await writerOf(7)).publish({ name, index: 0, leaf, chain: issuers, proof });
    const verified = await consortium.as('bob', ['peer', 'verify', 'copycat', ...REFRESHED]);
    expect(verified.code).toBe(3);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      ...{ failed: 'name', fingerprint: alice.certificates[0]?.fingerprint },
    });
    expect((await consortium.as('bob', ['peer', 'verify', 'alice'])).code).toBe(0);
  });
});
