import { beforeAll, describe, expect, it } from 'vitest';
import { loadKeyOf } from '../../src/identity/entry-key.js';
import { generateKey } from '../../src/identity/software-key.js';
import { KeyStore } from '../../src/identity/store.js';
import { issuerAndSerial } from '../../src/envelope/certificate-facts.js';
import { serialiseHeader } from '../../src/envelope/header-json.js';
import type { PeerName } from '../../src/domain/peer-name.js';
import { openPeer } from '../../src/index.js';
import type { AltName } from '../../src/x509/write-extensions.js';
import { forgeEnvelope } from '../support/forged-envelope.js';
import { forgeSignedData } from '../support/forged-signature.js';
import { makeAuthority, type TestPeer } from '../support/pki.js';
import { headerFor } from '../support/sealed.js';
import { attackStage, freshId, posingAs, reasonsOf, sealNow } from './stage.js';

const stage = attackStage();
let alice: TestPeer;
let bob: TestPeer;
let mallory: TestPeer;

beforeAll(async () => {
  mallory = await stage.enrol('mallory', 4);
  [alice, bob] = [await stage.identity('alice'), await stage.identity('bob')];
}, 120_000);

/** Another certificate for a key, with these names. */
async function certified(peer: TestPeer, ...names: readonly AltName[]): Promise<TestPeer> {
  const { authority } = stage.consortium.network;
  const certificate = await authority.issue({ subject: 'CN=any', spki: peer.key.spki, names });
  return { ...peer, certificate };
}

const uri = (value: string): AltName => ({ type: 'uri', value });

/** How a send to a peer ends. */
function sendTo(name: string, from = 'alice'): Promise<unknown> {
  const peer = openPeer({
    ...{ profile: from, env: { MSG_HOME: stage.consortium.home } },
    settings: { 'book.max-age': '0s' },
  });
  const sent = peer.send(name, { json: 1 }).catch((error: unknown) => error);
  return sent.finally(() => peer.close());
}

describe('another certificate of the same key', () => {
  it('does not take the place of the one that signed', async () => {
    const twin = await certified(alice, uri('msg://alice'));
    const payload = Buffer.from('hello');
    const header = headerFor(alice, [bob], payload, { id: freshId(), sent: Date.now() });
    const forge = (forgery: object): Buffer =>
      forgeEnvelope(bob, forgeSignedData(alice, payload, serialiseHeader(header), forgery));
    const { der } = twin.certificate;
    const heard = await stage.attack([
      { value: forge({ certificates: [der] }) },
      {
        value: forge({
          certificates: [der],
          signerReference: issuerAndSerial(twin.certificate),
        }),
      },
      { value: forge({ certificates: [alice.certificate.der, der] }) },
    ]);
    expect(reasonsOf(heard)).toEqual([
      'signer-certificate',
      'signed-attributes',
      'signer-certificate',
    ]);
  });

  it('does not speak for the peer before the directory holds it', async () => {
    const twin = await certified(alice, uri('msg://alice'));
    const value = await sealNow(twin, [bob], 'from the twin');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['signer']);
  });

  it("does not open what was sealed to its owner's other certificate under its name", async () => {
    const twin = await certified(bob, uri('msg://bob'));
    const to = [{ peer: 'bob' as PeerName, cert: twin.certificate.fingerprint }];
    const value = await sealNow(mallory, [twin], 'to the twin', { to });
    const heard = await stage.attack([{ value }]);
    expect(reasonsOf(heard)).toEqual(['not-addressed']);
  });

  it('cannot be published under another name: its key did not sign for that', async () => {
    const taken = await certified(alice, uri('msg://thief'));
    await stage.enrol('thief', 6);
    const [aliceNow] = (await stage.record('alice')).certificates;
    const publishing = { account: 'thief', name: 'thief', certificate: taken.certificate };
    await stage.publish({ ...publishing, key: mallory.key });
    expect(await sendTo('thief')).toMatchObject({ code: 'peer-untrusted' });
    await stage.publish({ ...publishing, key: mallory.key, proof: aliceNow?.proof ?? Buffer.of() });
    expect(await sendTo('thief')).toMatchObject({
      code: 'peer-untrusted',
      message: expect.stringContaining('did not sign for the account') as string,
    });
    const value = await sealNow(posingAs('thief', taken), [bob], 'from alice, says the thief');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['sender-proof']);
  });
});

describe('a stolen owner account', () => {
  it('cannot bring back an old certificate with its old, public proof', async () => {
    await stage.enrol('carol', 5);
    const carols = new KeyStore(stage.session('carol').settings.keys.value);
    await stage.consortium.certify('carol', 'second');
    await stage.consortium.ok('carol', ['rotate']);
    const [first] = (await stage.record('carol')).certificates;
    const entry = carols.find('first');
    const key = await loadKeyOf(entry, () => Promise.resolve(undefined));
    if (entry.certificate === undefined || first === undefined) throw new Error('no certificate');
    const old = { account: 'carol', name: 'carol', certificate: entry.certificate, key };
    const record = await stage.publish({ ...old, proof: first.proof });
    expect(record.certificates.map(({ fingerprint }) => fingerprint)).toEqual([
      first.fingerprint,
      expect.any(String),
      first.fingerprint,
    ]);
    expect(await sendTo('carol')).toMatchObject({
      code: 'peer-untrusted',
      message: expect.stringContaining('did not sign for the account') as string,
    });
    const carol = { ...mallory, name: 'carol', certificate: entry.certificate, key };
    const value = await sealNow(carol, [bob], 'by the old key');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['sender-proof']);
  });

  it.each([
    ['a dot behind', [uri('msg://dora.')]],
    ['a hyphen behind', [uri('msg://dora-')]],
    ['a longer name', [uri('msg://dora2')]],
    ['a name in front', [uri('msg://x-dora')]],
    ['a domain behind', [uri('msg://dora.example')]],
    ['a user in front', [uri('msg://mallory@dora')]],
    ['a host behind a user', [uri('msg://dora@mallory')]],
    ['a port', [uri('msg://dora:443')]],
    ['a path', [uri('msg://dora/')]],
    ['a query', [uri('msg://dora?')]],
    ['a fragment', [uri('msg://dora#')]],
    ['an escaped letter', [uri('msg://%64ora')]],
    ['another scheme', [uri('msgs://dora')]],
    ['no authority', [uri('msg:dora')]],
    ['an escaped NUL', [uri('msg://dora%00.mallory')]],
    ['two names', [uri('msg://mallory'), uri('msg://dora')]],
    ['the right name as a DNS name only', [{ type: 'dns', value: 'dora' } as const]],
    ['no name at all', []],
  ] as const)(
    'is not believed with a certificate that names somebody else: %s',
    async (_, names) => {
      await enrolOnce('dora', 7);
      const like = await certified(mallory, ...names);
      const { certificate, key } = like;
      await stage.publish({ account: 'dora', name: 'dora', certificate, key });
      const value = await sealNow(posingAs('dora', like), [bob], 'from dora');
      expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['sender-name']);
    },
  );

  it('is not believed with a certificate of its own making', async () => {
    await enrolOnce('dora', 7);
    const authority = await makeAuthority();
    const key = generateKey();
    const names = [uri('msg://dora')];
    const subject = 'CN=dora,O=Sandbox';
    const certificate = await authority.issue({ subject, spki: key.spki, names });
    await stage.publish({ account: 'dora', name: 'dora', certificate, key });
    const value = await sealNow({ ...mallory, name: 'dora', certificate, key }, [bob], 'from dora');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['sender-path']);
  });
});

describe('names in the directory', () => {
  it.each(['Alice', 'alice.', '-alice', 'alice..b', 'alice b', '\u0430lice', 'alice\0', ''])(
    'cannot look like another one: %j is refused by the contract',
    async (name) => {
      const writer = await stage.session('registrar').writer();
      const owner = stage.consortium.account(8);
      const admission = writer.admit({ name: name as PeerName, owner });
      await expect(admission).rejects.toMatchObject({ code: 'usage' });
    },
  );
});

describe('an authority alone', () => {
  it('certifies a key for a name, and is not believed: the directory does not hold it', async () => {
    const key = generateKey();
    const forged = await certified({ ...mallory, key }, uri('msg://alice'));
    const value = await sealNow(posingAs('alice', forged), [bob], 'from alice');
    expect(reasonsOf(await stage.attack([{ value }]))).toEqual(['signer']);
  });
});

describe('a peer who is out', () => {
  it('is not heard while it is suspended, and heard again afterwards', async () => {
    const erin = await stage.enrol('erin', 8);
    await stage.consortium.ok('erin', ['registry', 'suspend', 'erin', '--yes']);
    const heard = await stage.attack([{ value: await sealNow(erin, [bob], 'let me in') }]);
    expect(reasonsOf(heard)).toEqual(['sender-status']);
    expect(await sendTo('erin')).toMatchObject({ code: 'peer-inactive' });
    await stage.consortium.ok('registrar', ['registry', 'lift', 'erin', '--yes']);
    await stage.inject({ value: await sealNow(erin, [bob], 'thank you') });
    const { delivered } = await stage.bobListens();
    expect(delivered.map(({ text }) => text)).toEqual(['thank you']);
  });

  it('is not heard with a revoked certificate, however old its message says it is', async () => {
    const frank = await stage.enrol('frank', 9);
    const before = await sealNow(frank, [bob], 'before the theft', {
      sent: Date.now() - 3_600_000,
    });
    const revoke = ['revoke', '--reason', 'keyCompromise', '--yes'];
    await stage.consortium.ok('frank', revoke);
    const after = await sealNow(frank, [bob], 'by the thief');
    const heard = await stage.attack([
      { value: after },
      { value: before },
      { value: before, appendedAt: Date.now() - 3_600_000 },
    ]);
    expect(reasonsOf(heard)).toEqual(['sender-version', 'sender-version', 'sender-version']);
    const { certificate, key } = frank;
    const again = stage.publish({ account: 'frank', name: 'frank', certificate, key });
    await expect(again).rejects.toMatchObject({ code: 'usage' });
    expect(await sendTo('frank')).toMatchObject({ code: 'peer-certificate' });
  });
});

const enrolled = new Set<string>();

async function enrolOnce(name: string, account: number): Promise<void> {
  if (enrolled.has(name)) return;
  enrolled.add(name);
  await stage.enrol(name, account);
}
