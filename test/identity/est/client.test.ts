import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { sequence } from '../../../src/asn1/writer.js';
import { parsePeerName } from '../../../src/domain/peer-name.js';
import { EstClient, type EstOptions } from '../../../src/identity/est/client.js';
import { MAX_ANSWER } from '../../../src/identity/est/exchange.js';
import { createRequest } from '../../../src/identity/request.js';
import { generateKey, type SoftwareKey } from '../../../src/identity/software-key.js';
import type { Certificate } from '../../../src/x509/certificate.js';
import { certificateToPem } from '../../../src/x509/pem.js';
import { certsOnly, EstServer, type Sabotage } from '../../support/est-server.js';
import { failureOf } from '../../support/failure.js';
import { describeWithOpenssl } from '../../support/openssl.js';
import { makeAuthority } from '../../support/pki.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const PKCS7 = 'application/pkcs7-mime';
const key = generateKey();
const purposes = ['emailProtection', 'clientAuth'] as const;
const request = await createRequest(
  { subject: 'CN=acme', peer: parsePeerName('acme'), purposes },
  key,
);

describeWithOpenssl('a client of EST', () => {
  let server: EstServer;
  let root: Certificate;

  beforeAll(async () => {
    const authority = await makeAuthority({ intermediate: true });
    root = authority.root;
    server = await EstServer.start({ authority, users: { acme: 'secret' } });
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(() => {
    server.sabotage = () => undefined;
    server.manual = false;
    server.csrAttributes = undefined;
    server.log.length = 0;
  });

  const client = (options: Partial<EstOptions> = {}): EstClient =>
    new EstClient({
      url: new URL(`${server.url}/.well-known/est`),
      trust: { kind: 'anchors', pem: certificateToPem(root) },
      login: { username: 'acme', password: 'secret' },
      clock: () => NOW,
      ...options,
    });
  const enroll = (options?: Partial<EstOptions>) => client(options).enroll('simpleenroll', request);
  const answering = (answer: ReturnType<Sabotage>): void => {
    server.sabotage = () => answer;
  };
  const identity = (holder: SoftwareKey, certificates: readonly Certificate[]) => ({
    certificate: certificates.map(certificateToPem).join(''),
    key: holder.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  });

  it('gets the certificates of the authority', async () => {
    const [issuing, found] = await client().authorities();
    expect(found?.fingerprint).toBe(root.fingerprint);
    expect(issuing?.fingerprint).not.toBe(root.fingerprint);
  });

  it('gets a certificate for a user and a password', async () => {
    const answer = await enroll();
    expect(answer).toMatchObject({ kind: 'issued' });
    const [certificate] = answer.kind === 'issued' ? answer.certificates : [];
    expect(Buffer.from(certificate?.spki ?? [])).toEqual(key.spki);
    expect(server.log).toMatchObject([{ operation: 'simpleenroll', user: 'acme' }]);
  });

  it('renews with the certificate that it has, which then is who asks', async () => {
    const certificate = await server.certify(request);
    const own = identity(key, [certificate]);
    const answer = await client({ login: undefined, identity: own }).enroll(
      'simplereenroll',
      request,
    );
    expect(answer.kind).toBe('issued');
    expect(server.log).toMatchObject([{ user: undefined, client: 'CN=acme' }]);
  });

  it('is told when to ask again, in seconds or as a date', async () => {
    server.manual = true;
    expect(await enroll()).toEqual({ kind: 'pending', retryAt: NOW + 1000 });
    answering({ status: 202, headers: { 'retry-after': 'Mon, 01 Jun 2026 13:00:00 GMT' } });
    expect(await enroll()).toEqual({ kind: 'pending', retryAt: NOW + 3_600_000 });
  });

  it.each([
    ['nothing', {}, 60_000],
    ['rubbish', { 'retry-after': 'soon' }, 60_000],
    ['the past', { 'retry-after': 'Mon, 01 Jun 2020 13:00:00 GMT' }, 1000],
    ['years', { 'retry-after': '99999999999' }, 30 * 86_400_000],
  ])('waits a sensible time when it is told %s', async (_, headers, wait) => {
    answering({ status: 202, headers });
    expect(await enroll()).toEqual({ kind: 'pending', retryAt: NOW + wait });
  });

  it('learns what requests should be like, or that it does not matter', async () => {
    expect((await client().attributes()).keyTypes).toEqual([]);
    answering({ status: 404 });
    expect((await client().attributes()).keyTypes).toEqual([]);
    answering({ type: 'application/csrattrs', body: sequence().toString('base64') });
    expect((await client().attributes()).keyTypes).toEqual([]);
    answering({ type: 'application/csrattrs', body: 'AAAA' });
    expect(await failureOf(client().attributes())).toMatchObject({ code: 'enrolment-refused' });
  });

  it('reads base64 with line breaks and without, whatever the transfer encoding is called', async () => {
    const digits = certsOnly([root]).toString('base64');
    for (const body of [digits, digits.replace(/.{64}/g, '$&\r\n'), `\n ${digits} \n`]) {
      answering({ type: `${PKCS7}; smime-type=certs-only`, body });
      expect(await client().authorities()).toHaveLength(1);
      answering({
        type: PKCS7.toUpperCase(),
        headers: { 'content-transfer-encoding': 'binary' },
        body,
      });
      expect(await client().authorities()).toHaveLength(1);
    }
  });

  it.each<[string, ReturnType<Sabotage>, RegExp]>([
    ['a page', { type: 'text/html', body: '<html>' }, /text\/html/],
    ['no type', { body: certsOnly([]).toString('base64') }, /no content type/],
    ['nothing', { type: PKCS7, body: '' }, /empty/],
    ['octets', { type: PKCS7, body: Buffer.of(0x30, 0x80, 0xff) }, /base64/],
    ['half base64', { type: PKCS7, body: 'MIIB=AAA' }, /base64/],
    ['base64 of a length that there is not', { type: PKCS7, body: 'MIIBA' }, /base64/],
    ['rubbish in base64', { type: PKCS7, body: 'AAAAAAAA' }, /tag/],
    ['PEM', { type: PKCS7, body: '-----BEGIN PKCS7-----\nMII=\n' }, /base64/],
    [
      'more than any chain',
      { type: PKCS7, body: 'A'.repeat(MAX_ANSWER + 1) },
      /longer than 256 KiB/,
    ],
    ['no certificate', { type: PKCS7, body: certsOnly([]).toString('base64') }, /no certificates/],
  ])('refuses an answer that is %s', async (_, spoiled, reason) => {
    answering(spoiled);
    const refusal = await failureOf(enroll());
    expect(refusal).toMatchObject({ code: 'enrolment-refused', exitCode: 4, retryable: false });
    expect(refusal.message).toMatch(reason);
  });

  it.each<[number, string, number]>([
    [400, 'enrolment-refused', 4],
    [403, 'not-authorised', 4],
    [404, 'config', 2],
    [429, 'enrolment-unreachable', 75],
    [500, 'enrolment-unreachable', 75],
    [503, 'enrolment-unreachable', 75],
  ])('ends an HTTP %i as %s', async (status, code, exitCode) => {
    answering({ status });
    expect(await failureOf(enroll())).toMatchObject({ code, exitCode });
  });

  it('passes on in one line what the server says in words, and nothing but its words', async () => {
    answering({ status: 400, type: 'text/plain', body: 'the subject\n is taken' });
    expect((await failureOf(enroll())).message).toContain('(HTTP 400): the subject is taken');
    answering({ status: 400, type: 'text/html', body: '<script>' });
    expect((await failureOf(enroll())).message).not.toContain('script');
  });

  it('tells a wrong password from none, and both from a way to log in that it does not know', async () => {
    const wrong = { username: 'acme', password: 'wrong' };
    expect((await failureOf(enroll({ login: wrong }))).message).toContain('password of acme');
    const none = await failureOf(enroll({ login: undefined }));
    expect(none).toMatchObject({ code: 'not-authorised', exitCode: 4 });
    expect(none.message).toContain('wants to know who asks');
    answering({ status: 401, headers: { 'www-authenticate': 'Digest realm="x"' } });
    expect((await failureOf(enroll())).message).toContain('Digest');
  });

  it('follows a redirection on the same server, and no other', async () => {
    server.sabotage = ({ operation }) =>
      operation === 'cacerts'
        ? { status: 302, headers: { location: '/.well-known/est/elsewhere' } }
        : operation === 'elsewhere'
          ? { type: PKCS7, body: certsOnly([root]).toString('base64') }
          : undefined;
    expect(await client().authorities()).toHaveLength(1);
    answering({ status: 307, headers: { location: 'https://ca.example/.well-known/est/cacerts' } });
    expect((await failureOf(client().authorities())).message).toContain('https://ca.example');
    answering({ status: 307, headers: { location: '/.well-known/est/cacerts' } });
    expect((await failureOf(client().authorities())).message).toContain('elsewhere');
  });

  it('refuses a server of another authority before it sends anything', async () => {
    const other = await makeAuthority();
    const trust = { kind: 'anchors', pem: certificateToPem(other.root) } as const;
    expect(await failureOf(enroll({ trust }))).toMatchObject({
      code: 'enrolment-untrusted',
      exitCode: 4,
    });
    const bySystem = enroll({ trust: { kind: 'system' } });
    expect(await failureOf(bySystem)).toMatchObject({ code: 'enrolment-untrusted' });
    expect(server.log).toEqual([]);
  });

  it('refuses a server whose certificate is for another name', async () => {
    const authority = await makeAuthority();
    const elsewhere = await EstServer.start({ authority, serverName: 'ca.example' });
    onTestFinished(() => elsewhere.stop());
    const url = new URL(`${elsewhere.url}/.well-known/est`);
    const trust = { kind: 'anchors', pem: certificateToPem(authority.root) } as const;
    expect(await failureOf(enroll({ url, trust }))).toMatchObject({ code: 'enrolment-untrusted' });
    expect(elsewhere.log).toEqual([]);
  });

  it('can pin what stands below the root', async () => {
    const [issuing] = await client().authorities();
    const pem = issuing === undefined ? '' : certificateToPem(issuing);
    expect(await client({ trust: { kind: 'anchors', pem } }).authorities()).toHaveLength(2);
  });

  it('tells a server that nobody vouches for neither the password nor the certificate', async () => {
    const own = identity(key, [await server.certify(request)]);
    await client({ trust: { kind: 'nobody' }, identity: own }).authorities();
    expect(server.log).toMatchObject([
      { operation: 'cacerts', user: undefined, client: undefined },
    ]);
  });

  it('can try again after a server that hangs up, is not there, or says nothing in time', async () => {
    answering('hang up');
    expect(await failureOf(enroll())).toMatchObject({
      code: 'enrolment-unreachable',
      retryable: true,
    });
    const silent = createServer((socket) => void socket.resume().on('error', () => undefined));
    onTestFinished(() => void silent.close());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const url = new URL(`https://127.0.0.1:${port}/.well-known/est`);
    const late = await failureOf(enroll({ url, timeout: 50 }));
    expect(late).toMatchObject({ code: 'enrolment-unreachable', exitCode: 75 });
    expect(late.message).toContain('no answer within');
    silent.close();
    await once(silent, 'close');
    expect((await failureOf(enroll({ url }))).message).toContain('ECONNREFUSED');
  });

  it('says so when the server does not accept the client certificate', async () => {
    const certificate = await (await makeAuthority()).issueFor(request);
    const own = identity(key, [certificate]);
    const refusal = await failureOf(
      client({ login: undefined, identity: own }).enroll('simplereenroll', request),
    );
    expect(refusal).toMatchObject({ code: 'not-authorised', exitCode: 4 });
    expect(refusal.message).toContain('client certificate');
  });
});
