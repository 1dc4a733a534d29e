import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oidFromDotted } from '../../src/asn1/object-identifier.js';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { oid, sequence, tlv } from '../../src/asn1/writer.js';
import { parsePeerName, type PeerName } from '../../src/domain/peer-name.js';
import { generateKey } from '../../src/identity/software-key.js';
import { openAddressBook } from '../../src/registry/address-book.js';
import { parseAddress } from '../../src/registry/address.js';
import { openDirectoryWriter } from '../../src/registry/ethers.js';
import { LOOK_NOW } from '../../src/registry/port.js';
import { publishCertificate } from '../../src/session/registration.js';
import { certificateToPem } from '../../src/x509/pem.js';
import * as write from '../../src/x509/write-extensions.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';
import { ca, issue, messageExtensions, type Issued } from '../support/issue.js';

const DAY = 86_400_000;
const validity = { notBefore: Date.now() - DAY, notAfter: Date.now() + 365 * DAY };

/** What a CA put into a certificate: a subject, and subjectAltName as a whole. */
interface Named {
  readonly subject: string;
  readonly names?: Buffer;
}

const uri = (value: string): Buffer => write.subjectAltName([{ type: 'uri', value }]);
const dns = (value: string): Buffer => write.subjectAltName([{ type: 'dns', value }]);
const other = (text: string): Buffer => {
  const value = tlv(contextTag(0, 'constructed'), tlv(TAG.utf8String, Buffer.from(text)));
  const name = tlv(contextTag(0, 'constructed'), oid(oidFromDotted('1.3.6.1.4.1.99999.1')), value);
  return write.extension('551d11', sequence(name));
};

describe('an authority that serves a whole industry', () => {
  let consortium: Consortium;
  let industry: Issued;
  let anchors: string;

  beforeAll(async () => {
    consortium = await raiseConsortium();
    industry = ca({ subject: 'CN=Industry CA', ...validity });
    anchors = join(consortium.home, 'industry.pem');
    writeFileSync(anchors, certificateToPem(industry.certificate));
    const registrar = await writerOf(ACCOUNT.registrar);
    const owner = consortium.account(ACCOUNT.carol);
    await registrar.admit({ name: parsePeerName('acme'), owner });
  });
  afterAll(async () => {
    await consortium.remove();
  });

  const writerOf = (account: number) => {
    const { chain, state } = consortium.network;
    const privateKey = chain.accounts[account]?.privateKey ?? '';
    return openDirectoryWriter({
      ...{ rpc: { urls: [chain.url] }, chainId: chain.chainId, pollInterval: 5 },
      ...{ account: { kind: 'key', privateKey }, lockDirectory: consortium.home },
      address: parseAddress(state.directory),
    });
  };

  /** Whoever has acme's account publishes a certificate with a valid proof, past msg's own checks. */
  const publish = async ({ subject, names }: Named, issuer = industry): Promise<void> => {
    const name = parsePeerName('acme');
    const key = generateKey();
    const extensions = [...messageExtensions(), ...(names === undefined ? [] : [names])];
    const certified = { privateKey: key.privateKey, keyType: 'p256', spki: key.spki } as const;
    const { certificate } = issue({ subject, issuer, extensions, key: certified, ...validity });
    const { chain, state } = consortium.network;
    const directory = parseAddress(state.directory);
    const record = await recordOf(name);
    const own = { certificate, key };
    const registration = { own, chain: [], record, chainId: chain.chainId, directory };
    await publishCertificate(registration, await writerOf(ACCOUNT.carol));
  };

  const recordOf = async (name: PeerName) => {
    const { chain, state } = consortium.network;
    const book = openAddressBook({
      ...{ path: `${consortium.home}/acme.db`, chainId: chain.chainId, clock: Date.now },
      ...{ address: parseAddress(state.directory), rpc: { urls: [chain.url] } },
    });
    const record = await book.find(name, LOOK_NOW);
    book.close();
    return record ?? expect.fail('acme is not there');
  };

  /** The check that `msg peer verify acme` found failing, with its reason; `trusted` where none. */
  const verified = async (...flags: string[]): Promise<string> => {
    const trust = ['--trust-anchors', anchors, '--trust-revocation', 'if-published', ...flags];
    const verify = ['peer', 'verify', 'acme', '--refresh', '--json', ...trust];
    const { code, stdout, stderr } = await consortium.as('bob', verify);
    if (stdout === '') return stderr;
    const verdict = JSON.parse(stdout) as { trusted: boolean; failed?: string; reason?: string };
    expect(code).toBe(verdict.trusted ? 0 : 3);
    return verdict.trusted ? 'trusted' : `${verdict.failed ?? ''}: ${verdict.reason ?? ''}`;
  };

  /** A file for trust.peers. */
  const peers = (rules: object): string => {
    const path = join(consortium.home, 'peers.json');
    writeFileSync(path, JSON.stringify(rules));
    return path;
  };

  it.each<[string, Named, Named]>([
    [
      'uri:msg://{name}',
      { subject: 'CN=Seals', names: uri('msg://acme') },
      { subject: 'CN=acme,O=acme', names: uri('msg://evil') },
    ],
    [
      'dns:{name}.peers.example',
      { subject: 'CN=Seals', names: dns('acme.peers.example') },
      { subject: 'CN=acme.peers.example', names: dns('evil.peers.example') },
    ],
    [
      'other-name:1.3.6.1.4.1.99999.1',
      { subject: 'CN=Seals', names: other('acme') },
      { subject: 'CN=acme', names: other('evil') },
    ],
    ['subject:CN={name},O=Peers', { subject: 'CN=acme,O=Peers' }, { subject: 'CN=evil,O=Peers' }],
    ['organisation:{name}', { subject: 'CN=x,O=acme' }, { subject: 'CN=acme,O=evil' }],
  ])('lets no customer speak as another under %s', async (naming, own, foreign) => {
    await publish(own);
    expect(await verified('--trust-naming', naming)).toBe('trusted');
    await publish(foreign);
    expect(await verified('--trust-naming', naming)).toMatch(/^name: .*evil/);
  });

  it.each<[string, Named, Named]>([
    [
      'subject:CN=Seals,O=Acme AG,C=CH',
      { subject: 'CN=Seals,O=Acme AG,C=CH' },
      { subject: 'CN=Seals,O=Acme AG,C=LI' },
    ],
    ['organisation:Acme AG', { subject: 'CN=x,O=Acme AG' }, { subject: 'CN=x,O=Acme A.G.' }],
    [
      'uri:https://acme.example/seal',
      { subject: 'CN=x', names: uri('https://acme.example/seal') },
      { subject: 'CN=x', names: uri('https://acme.example.evil.test/seal') },
    ],
    [
      'dns:seal.acme.example',
      { subject: 'CN=x', names: dns('seal.acme.example') },
      { subject: 'CN=x', names: dns('*.acme.example') },
    ],
    [
      'other-name:1.3.6.1.4.1.99999.1:CHE-100.000.001',
      { subject: 'CN=x', names: other('CHE-100.000.001') },
      { subject: 'CN=x', names: other('CHE-100.000.002') },
    ],
  ])(
    'can name a peer by what has nothing to do with its name: %s',
    async (naming, own, foreign) => {
      const file = peers({ acme: { naming } });
      await publish(own);
      expect(await verified('--trust-peers', file)).toBe('trusted');
      expect(await verified()).toMatch(/^name: /);
      await publish(foreign);
      expect(await verified('--trust-peers', file)).toMatch(/^name: /);
    },
  );

  it('is not asked about a peer that is to lead to an anchor of its own', async () => {
    const own = ca({ subject: 'CN=Acme CA', ...validity });
    const file = join(consortium.home, 'acme-ca.pem');
    writeFileSync(file, certificateToPem(own.certificate));
    await publish({ subject: 'CN=x', names: uri('msg://acme') });
    expect(await verified()).toBe('trusted');
    const rules = ['--trust-peers', peers({ acme: { anchors: 'acme-ca.pem' } })];
    expect(await verified(...rules)).toMatch(/^path: .*neither a trust anchor/);
    await publish({ subject: 'CN=x', names: uri('msg://acme') }, own);
    expect(await verified(...rules)).toBe('trusted');
    expect(await verified()).toMatch(/^path: /);
    const elsewhere = ['--trust-peers', peers({ globex: { anchors: ['acme-ca.pem'] } })];
    expect(await verified(...elsewhere)).toMatch(/^path: /);
  });

  it('may publish no lists for one peer, without being excused for the others', async () => {
    await publish({ subject: 'CN=x', names: uri('msg://acme') });
    const strict = ['--trust-revocation', 'require'];
    expect(await verified(...strict)).toMatch(/^revocation: .*no revocation list/);
    const rules = peers({ acme: { revocation: 'if-published' } });
    expect(await verified(...strict, '--trust-peers', rules)).toBe('trusted');
  });

  it('is found in a directory of anchors, and an empty one is a mistake', async () => {
    await publish({ subject: 'CN=x', names: uri('msg://acme') });
    expect(await verified('--trust-anchors', `${anchors},${consortium.home}`)).toBe('trusted');
    const empty = join(consortium.home, 'data');
    expect(await verified('--trust-anchors', empty)).toContain('no certificate in');
  });
});
