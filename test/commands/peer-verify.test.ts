import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import { READER_CHECKS } from '../../src/commands/peer-inquiry.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { generateKey } from '../../src/identity/software-key.js';
import { openAddressBook } from '../../src/registry/address-book.js';
import { parseAddress } from '../../src/registry/address.js';
import { openDirectoryWriter } from '../../src/registry/ethers.js';
import { LOOK_NOW } from '../../src/registry/port.js';
import { preparePublication } from '../../src/session/registration.js';
import { certificateToPem } from '../../src/x509/pem.js';
import * as write from '../../src/x509/write-extensions.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';
import {
  ca,
  issue,
  messageExtensions,
  revocationList,
  type Issued,
  type IssueOptions,
} from '../support/issue.js';

const DAY = 86_400_000;
const validity = { notBefore: Date.now() - DAY, notAfter: Date.now() + 365 * DAY };
const acme = parsePeerName('acme');
const named = (...usage: Parameters<typeof write.keyUsage>[0]): Buffer[] => [
  write.keyUsage(usage),
  write.subjectAltName([{ type: 'uri', value: 'msg://acme' }]),
];

/** Each row of what `msg peer verify acme` prints into a pipe. */
type Rows = readonly (readonly string[])[];

describe('msg peer verify shows each step of the reader, and the one that fails:', () => {
  let consortium: Consortium;
  let authority: Issued;
  let published: Issued;

  beforeAll(async () => {
    consortium = await raiseConsortium();
    authority = ca({ subject: 'CN=Acme CA', ...validity });
    const registrar = await writerOf(ACCOUNT.registrar);
    await registrar.admit({ name: acme, owner: consortium.account(ACCOUNT.carol) });
  });
  afterAll(async () => {
    await consortium.remove();
  });

  const place = (name: string, content: string): string => {
    const path = join(consortium.home, name);
    writeFileSync(path, content);
    return path;
  };

  const writerOf = (account: number) => {
    const { chain, state } = consortium.network;
    const privateKey = chain.accounts[account]?.privateKey ?? '';
    return openDirectoryWriter({
      ...{ rpc: { urls: [chain.url] }, chainId: chain.chainId, pollInterval: 5 },
      ...{ account: { kind: 'key', privateKey }, lockDirectory: consortium.home },
      address: parseAddress(state.directory),
    });
  };

  const recordOfAcme = async () => {
    const { chain, state } = consortium.network;
    const book = openAddressBook({
      ...{ path: `${consortium.home}/acme.db`, chainId: chain.chainId, clock: Date.now },
      ...{ address: parseAddress(state.directory), rpc: { urls: [chain.url] } },
    });
    const record = await book.find(acme, LOOK_NOW);
    book.close();
    return record ?? expect.fail('acme is not there');
  };

  /** Acme publishes what its authority issued, past every check that msg makes. */
  const publish = async (
    options: Partial<IssueOptions> = {},
    { issuers = [], proof }: { issuers?: readonly Issued[]; proof?: Buffer } = {},
  ): Promise<void> => {
    const key = generateKey();
    const subject = { privateKey: key.privateKey, keyType: 'p256', spki: key.spki } as const;
    const extensions = named('digitalSignature', 'keyAgreement');
    const base = { subject: 'CN=acme', issuer: authority, key: subject, extensions, ...validity };
    published = issue({ ...base, ...options });
    const { chain, state } = consortium.network;
    const publication = await preparePublication({
      ...{ own: { certificate: published.certificate, key }, record: await recordOfAcme() },
      ...{ chain: issuers.map(({ certificate }) => certificate), chainId: chain.chainId },
      directory: parseAddress(state.directory),
    });
    const writer = await writerOf(ACCOUNT.carol);
    await writer.publish({ ...publication, proof: proof ?? publication.proof });
  };

  const verify = async (...flags: string[]) => {
    const anchor = place('acme-ca.pem', certificateToPem(authority.certificate));
    const given = ['--trust-anchors', anchor, '--trust-revocation', 'if-published', ...flags];
    const outcome = await consortium.as('bob', ['peer', 'verify', 'acme', '--refresh', ...given]);
    const rows: Rows = outcome.stdout
      .split('\n', READER_CHECKS.length)
      .map((row) => row.split('\t'));
    return { ...outcome, rows };
  };

  /** Nothing was wrong before the check, and nothing was looked at after it. */
  const expectFailing = (
    rows: Rows,
    check: (typeof READER_CHECKS)[number],
    reason: RegExp,
  ): void => {
    const at = READER_CHECKS.indexOf(check);
    const result = (index: number) => (index < at ? 'pass' : index === at ? 'fail' : 'not made');
    expect(rows.map(([name, found]) => [name, found])).toEqual(
      READER_CHECKS.map((name, index) => [name, result(index)]),
    );
    expect(rows[at]?.[2]).toMatch(reason);
    expect(rows.slice(at + 1).map(([, , detail]) => detail)).toEqual(
      READER_CHECKS.slice(at + 1).map(() => ''),
    );
  };

  const listOf = (revoked: Parameters<typeof revocationList>[0]['revoked'] = []): string => {
    const times = { thisUpdate: Date.now() - 3_600_000, nextUpdate: Date.now() + DAY };
    const { der } = revocationList({ issuer: authority, revoked, ...times });
    return place('acme.crl', writePem('X509 CRL', der));
  };

  it('directory, where no node answers and nothing is cached', async () => {
    const away = ['--chain-url', 'http://127.0.0.1:1'];
    const { code, rows, stderr } = await verify(...away);
    expect(code).toBe(75);
    expectFailing(rows, 'directory', /127\.0\.0\.1:1/);
    expect(stderr).toContain('127.0.0.1:1');
    const json = await verify(...away, '--json');
    expect(json.code).toBe(75);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ peer: 'acme', index: null, fingerprint: null, trusted: false, failed: 'directory' },
      notMade: READER_CHECKS.slice(1),
    });
  });

  it('status, of a name that was never given out', async () => {
    const { code, stdout, stderr } = await consortium.as('bob', ['peer', 'verify', 'nobody']);
    expect(code).toBe(3);
    const rows = stdout.split('\n', READER_CHECKS.length).map((row) => row.split('\t'));
    expectFailing(rows, 'status', /no peer of that name/);
    expect(stderr).toContain('unknown peer: nobody');
  });

  it('version, before a certificate was published', async () => {
    const { code, rows } = await verify();
    expect(code).toBe(3);
    expectFailing(rows, 'version', /no certificate was ever published/);
  });

  it('pin, of bytes that are no certificate', async () => {
    const writer = await writerOf(ACCOUNT.carol);
    const [leaf, proof] = [randomBytes(300), randomBytes(8)];
    await writer.publish({ name: acme, index: 0, leaf, chain: [], proof });
    const { code, rows } = await verify();
    expect(code).toBe(3);
    expectFailing(rows, 'pin', /no certificate/);
  });

  it.each<[(typeof READER_CHECKS)[number], string, RegExp, () => Promise<void>]>([
    [
      'path',
      'of another authority',
      /^CN=acme: its issuer is neither/,
      () => publish({ issuer: ca({ subject: 'CN=Other CA', ...validity }) }),
    ],
    [
      'validity',
      'of a certificate that is over',
      /^CN=acme: it expired on/,
      () => publish({ notAfter: Date.now() - 60_000 }),
    ],
    [
      'validity',
      'of an issuer that is over, though the certificate is not',
      /^CN=Between: it expired on/,
      () => {
        const between = ca({
          ...{ subject: 'CN=Between', issuer: authority, ...validity },
          notAfter: Date.now() - 60_000,
        });
        return publish({ issuer: between }, { issuers: [between] });
      },
    ],
    [
      'key',
      'of an issuer whose key is too weak',
      /^CN=Weak: an RSA key of 1024 bits, at least 2048/,
      () => {
        const terms = { subject: 'CN=Weak', keyType: 'rsa-1024', issuer: authority } as const;
        const weak = ca({ ...terms, ...validity });
        return publish({ issuer: weak }, { issuers: [weak] });
      },
    ],
    [
      'use',
      'of a certificate that is for signing alone',
      /^CN=acme: its key is not for keyAgreement/,
      () => publish({ extensions: named('digitalSignature') }),
    ],
    [
      'name',
      'of a certificate that names another peer',
      /msg:\/\/evil/,
      () => publish({ extensions: messageExtensions([{ type: 'uri', value: 'msg://evil' }]) }),
    ],
    [
      'proof',
      'where another key signed',
      /did not sign for the account/,
      () => publish({}, { proof: randomBytes(70) }),
    ],
  ])('%s, %s', async (check, _, reason, prepare) => {
    await prepare();
    const { code, rows, stderr } = await verify();
    expect(code).toBe(3);
    expectFailing(rows, check, reason);
    expect(stderr).toContain('peer acme is not trusted');
  });

  it('revocation, where a list says so', async () => {
    await publish();
    const list = listOf([{ certificate: published.certificate }]);
    const { code, rows } = await verify('--trust-crls', list);
    expect(code).toBe(3);
    expectFailing(rows, 'revocation', /^CN=acme: it was revoked \(keyCompromise\)/);
  });

  it('revocation, where a list is wanted and there is none', async () => {
    const { code, rows } = await verify('--trust-revocation', 'require');
    expect(code).toBe(3);
    expectFailing(rows, 'revocation', /^CN=acme: no revocation list at hand covers it/);
  });

  it('none, and then says what each found: which list, how fresh, or that it goes without', async () => {
    const without = await verify();
    expect(without.code).toBe(0);
    expect(without.rows.map(([check, result]) => [check, result])).toEqual(
      READER_CHECKS.map((check) => [check, 'pass']),
    );
    const detail = (rows: Rows, check: string) => rows.find(([name]) => name === check)?.[2];
    expect(detail(without.rows, 'directory')).toMatch(
      /^\d+ changes up to block \d+, compared with/,
    );
    expect(detail(without.rows, 'path')).toMatch(/^leads to the trust anchor [0-9a-f]{16}/);
    expect(detail(without.rows, 'validity')).toMatch(/^from 20.*Z to 20.*Z$/);
    expect(detail(without.rows, 'key')).toContain('EC P-256');
    expect(detail(without.rows, 'use')).toContain('digitalSignature and keyAgreement');
    expect(detail(without.rows, 'revocation')).toContain('trust.revocation is if-published');
    const listed = await verify('--trust-crls', listOf());
    expect(detail(listed.rows, 'revocation')).toMatch(
      /^not revoked by the list of CN=Acme CA \(20.*Z, due 20.*Z\)$/,
    );
    const off = await verify('--trust-revocation', 'off');
    expect(detail(off.rows, 'revocation')).toContain('trust.revocation is off');
  });
});
