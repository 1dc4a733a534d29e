import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { keyStatus } from '../../src/identity/key-entry.js';
import { createRequest } from '../../src/identity/request.js';
import { generateKey, type SoftwareKey } from '../../src/identity/software-key.js';
import { KeyStore } from '../../src/identity/store.js';
import type { Authority } from '../../src/sandbox/authority.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { suiteDirectory } from '../support/suite-directory.js';
import { makeAuthority } from '../support/pki.js';

const files = suiteDirectory();
let count = 0;
const newStore = (): KeyStore => new KeyStore(join(files.path, `store-${++count}`, 'keys'));
const never = () => Promise.reject(new Error('asked for a passphrase'));
const authority = await makeAuthority({ intermediate: true });

function certify(
  key: SoftwareKey,
  by: Authority = authority,
  notBefore?: number,
): Promise<Certificate> {
  const start = notBefore === undefined ? {} : { notBefore };
  return by.issue({ subject: 'CN=alice', spki: key.spki, ...start });
}

async function addActive(store: KeyStore, label: string, notBefore?: number): Promise<Certificate> {
  const key = generateKey();
  await store.add({ key, label, random: randomBytes });
  const certificate = await certify(key, authority, notBefore);
  store.attach(label, certificate, authority.chain);
  return certificate;
}

describe('the key store', () => {
  it('is empty before anything was added', async () => {
    const store = newStore();
    expect(store.list()).toEqual([]);
    expect(store.current()).toBeUndefined();
    await expect(store.loadCurrent(never)).rejects.toMatchObject({ code: 'key-missing' });
  });

  it('keeps a key without a certificate as pending, together with its request', async () => {
    const [store, key] = [newStore(), generateKey()];
    const request = await createRequest({ subject: 'CN=a', peer: parsePeerName('a') }, key);
    const entry = await store.add({ key, request, random: randomBytes });
    expect(entry.label).toMatch(/^[0-9a-f]{12}$/);
    expect(keyStatus(entry)).toBe('pending');
    expect(readdirSync(entry.directory).sort()).toEqual(['key.pem', 'public.pem', 'request.csr']);
    expect(statSync(entry.directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(entry.directory, 'key.pem')).mode & 0o777).toBe(0o600);
  });

  it('signs with the first key that gets a certificate', async () => {
    const store = newStore();
    const certificate = await addActive(store, 'first');
    const { certificate: loaded, key } = await store.loadCurrent(never);
    expect(loaded.fingerprint).toBe(certificate.fingerprint);
    expect(key.kind).toBe('p256');
    expect(store.current()?.chain.map((one) => one.fingerprint)).toEqual(
      authority.chain.map((one) => one.fingerprint),
    );
  });

  it('does not attach a certificate to a key that it is not for', async () => {
    const store = newStore();
    await store.add({ key: generateKey(), label: 'mine', random: randomBytes });
    const other = await certify(generateKey());
    expect(() => store.attach('mine', other)).toThrow(/not for the key mine/);
    expect(keyStatus(store.find('mine'))).toBe('pending');
  });

  it('never replaces a certificate, so that old messages still open', async () => {
    const store = newStore();
    const certificate = await addActive(store, 'only');
    expect(() => store.attach('only', certificate)).toThrow(/has a certificate already/);
  });

  it('goes on signing with the old key until the new one is chosen', async () => {
    const store = newStore();
    await addActive(store, '2024');
    await addActive(store, '2025');
    expect(store.current()?.label).toBe('2024');
    store.setCurrent('2025');
    expect(store.current()?.label).toBe('2025');
  });

  it('opens with every key that has a certificate, retired ones too, the current one first', async () => {
    const store = newStore();
    const day = 86_400_000;
    const oldest = await addActive(store, 'z-oldest', Date.now() - 300 * day);
    const newer = await addActive(store, 'a-newer', Date.now() - 100 * day);
    const current = await addActive(store, 'm-current', Date.now() - 200 * day);
    await store.add({ key: generateKey(), label: 'pending', random: randomBytes });
    store.setCurrent('m-current');
    store.retire('z-oldest', () => 1_700_000_000_000);
    const keys = await store.loadForOpening(never);
    expect(keys.map((one) => one.certificate.fingerprint)).toEqual(
      [current, newer, oldest].map((one) => one.fingerprint),
    );
    expect(keyStatus(store.find('z-oldest'))).toBe('retired');
    expect(store.find('z-oldest').retiredAt).toBe(1_700_000_000_000);
  });

  it('neither retires the key that signs nor signs with a retired or pending one', async () => {
    const store = newStore();
    await addActive(store, 'one');
    await addActive(store, 'two');
    await store.add({ key: generateKey(), label: 'pending', random: randomBytes });
    expect(() => {
      store.retire('one', Date.now);
    }).toThrow(/cannot be retired/);
    store.retire('two', Date.now);
    expect(() => {
      store.setCurrent('two');
    }).toThrow(/is retired/);
    expect(() => {
      store.setCurrent('pending');
    }).toThrow(/is pending/);
  });

  it('asks once for the passphrase of several keys', async () => {
    const store = newStore();
    for (const label of ['one', 'two']) {
      const key = generateKey();
      await store.add({ key, label, passphrase: 'secret', random: randomBytes });
      store.attach(label, await certify(key));
    }
    let asked = 0;
    const keys = await store.loadForOpening(() => Promise.resolve(++asked === 1 ? 'secret' : 'no'));
    expect(keys).toHaveLength(2);
    expect(asked).toBe(1);
  });

  it('refuses a label that is taken and leaves the key under it alone', async () => {
    const store = newStore();
    const certificate = await addActive(store, 'taken');
    const adding = store.add({ key: generateKey(), label: 'taken', random: randomBytes });
    await expect(adding).rejects.toMatchObject({ code: 'file-exists' });
    expect((await store.loadCurrent(never)).certificate.fingerprint).toBe(certificate.fingerprint);
    expect(readdirSync(store.directory).sort()).toEqual(['current', 'taken']);
  });

  it.each(['', '..', '../x', 'a/b', '.hidden', 'current', 'x'.repeat(64)])(
    'refuses the label %j',
    async (label) => {
      const adding = newStore().add({ key: generateKey(), label, random: randomBytes });
      await expect(adding).rejects.toMatchObject({ code: 'usage' });
    },
  );

  it('does not load a key beside a certificate of another', async () => {
    const store = newStore();
    await addActive(store, 'mixed');
    const pkcs8 = generateKey().privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(join(store.directory, 'mixed', 'key.pem'), pkcs8);
    await expect(store.loadCurrent(never)).rejects.toThrow(/does not belong to the certificate/);
  });

  it('names a damaged certificate file', async () => {
    const store = newStore();
    await addActive(store, 'damaged');
    const path = join(store.directory, 'damaged', 'cert.pem');
    writeFileSync(path, 'nothing');
    expect(() => store.list()).toThrow(expect.objectContaining({ code: 'certificate-own' }));
  });
});
