import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import type { KeyOperations } from '../../src/domain/key-operations.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { openPeer, type ExternalKey, type Peer, type PeerOptions } from '../../src/index.js';
import { defaultInbox } from '../../src/messaging/deps.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';
import { makePeer } from '../support/pki.js';
import { remoteKey, type RemoteKey } from '../support/remote-key.js';
import { until } from '../support/until.js';

let consortium: Consortium;

beforeAll(async () => {
  consortium = await raiseConsortium();
});
afterAll(async () => {
  await consortium.remove();
});

function open(profile: string, options: Omit<PeerOptions, 'profile' | 'env'> = {}): Peer {
  const peer = openPeer({ profile, env: { MSG_HOME: consortium.home }, ...options });
  onTestFinished(() => peer.close());
  return peer;
}

/** A peer whose key lives in another process, enrolled and registered with nothing but its answers. */
async function enrol(name: string, account: number, key: RemoteKey): Promise<ExternalKey> {
  onTestFinished(() => {
    key.stop();
  });
  consortium.addProfile(name, account);
  const owner = consortium.account(account);
  await consortium.ok('registrar', ['registry', 'admit', name, '--owner', owner]);
  const log = openEmbeddedLog({
    ...{ path: join(consortium.home, 'state/.sandbox/log.db'), clock: Date.now },
    random: randomBytes,
  });
  const topic = defaultInbox(parsePeerName(name));
  await log.ensureTopic({ topic, partitions: 1, retention: 86_400_000 });
  await log.close();
  const request = await open(name, { keys: [] }).certificateRequest(key, { dns: ['hsm.example'] });
  const { authority } = consortium.network;
  const [csr] = readPem(request);
  const certificate = await authority.issueFor(csr?.der ?? Buffer.of());
  return { certificate, chain: authority.chain, key };
}

async function textsOf(peer: Peer, count: number): Promise<readonly string[]> {
  const texts: string[] = [];
  await peer.listen((message) => void texts.push(String(message.json())), { count });
  return texts;
}

describe('a key that lives in another process', () => {
  it.each([
    ['p256', 'carol', ACCOUNT.carol],
    ['p384', 'dyne', 4],
    ['rsa', 'erin', 5],
  ] as const)(
    'stands behind a peer from the request to the message, and stays there: %s',
    async (kind, name, account) => {
      const key = await remoteKey(kind);
      const own = await enrol(name, account, key);
      const peer = open(name, { keys: [own] });
      expect(await peer.register()).toEqual({ index: 0, state: 'written' });
      expect(await peer.register()).toEqual({ index: 0, state: 'registered' });
      await peer.send('alice', { json: `from ${name}` });
      expect(await textsOf(open('alice'), 1)).toEqual([`from ${name}`]);
      await open('alice').send(name, { json: `to ${name}` });
      expect(await textsOf(peer, 1)).toEqual([`to ${name}`]);
      expect(key.done[kind === 'rsa' ? 'decrypt' : 'agree']).toBeGreaterThan(0);
      expect(key.done.sign).toBeGreaterThanOrEqual(3);
      // All that ever came from there: one public key, signatures, shared secrets or content keys.
      const longest = Math.max(...key.heard.map((line) => line.length));
      expect(longest).toBeLessThan(kind === 'rsa' ? 450 : 220);
    },
  );

  it('lets messages wait while it is out of reach, and loses none', async () => {
    const key = await remoteKey('p256');
    const own = await enrol('frank', 6, key);
    const warnings: string[] = [];
    const frank = open('frank', { keys: () => [own], onWarning: (text) => warnings.push(text) });
    await frank.register();
    await open('bob').send('frank', { json: 'while you were away' });
    key.isCut = true;
    await expect(frank.send('bob', { json: 'x' })).rejects.toMatchObject({
      ...{ code: 'key-unavailable', retryable: true },
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const received = textsOf(frank, 1);
    await until('the message waits', () =>
      warnings.some((text) => text.includes('a message waits')),
    );
    key.isCut = false;
    expect(await received).toEqual(['while you were away']);
  });
});

describe('keys that an application brings along', () => {
  const send = (keys: PeerOptions['keys'] & object) =>
    open('alice', { keys }).send('bob', { json: 1 });

  it('are needed', async () => {
    await expect(send([])).rejects.toMatchObject({ code: 'key-missing' });
  });

  it.each<[string, Partial<KeyOperations>]>([
    ['are of another kind than its key', { kind: 'p384' }],
    ['sign as PKCS#11 does, without DER', { sign: () => randomBytes(64) }],
  ])('are refused before anything is sent when they %s', async (_, wrong) => {
    const { certificate, key } = await makePeer('alice');
    const operations: KeyOperations = {
      kind: key.kind,
      sign: (...args) => key.sign(...args),
      agree: (point) => key.agree(point),
      decrypt: (ciphertext) => key.decrypt(ciphertext),
      ...wrong,
    };
    await expect(send([{ certificate, key: operations }])).rejects.toMatchObject({
      code: 'key-refused',
      message: expect.stringContaining('does not fit its certificate') as string,
    });
  });

  it('may be asked for, which can fail for a while', async () => {
    const keys = () => Promise.reject(new Error('the vault is sealed'));
    await expect(send(keys)).rejects.toMatchObject({ code: 'key-unavailable', retryable: true });
  });
});
