import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeyStore } from '../../src/identity/store.js';
import { OwnKeys } from '../../src/session/own-keys.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A store, the keys in it as a running process has them, and a clock that stands still. */
function newStore() {
  const store = new KeyStore(join(temporaryDirectory(), 'keys'));
  const warnings: string[] = [];
  const time = { now: 0 };
  const keys = new OwnKeys({
    directory: store.directory,
    passphrase: () => Promise.resolve(undefined),
    clock: () => time.now,
    warn: (sentence) => warnings.push(sentence),
  });
  const add = async (label: string): Promise<TestPeer> => {
    const peer = await makePeer('acme');
    await store.add({ key: peer.key, label, random: randomBytes });
    store.attach(label, peer.certificate, peer.chain);
    return peer;
  };
  return { store, warnings, time, keys, add };
}

const prints = (keys: readonly { certificate: { fingerprint: string } }[]): readonly string[] =>
  keys.map(({ certificate }) => certificate.fingerprint);

describe("one's own keys in a running process", () => {
  it('follow the store within a second, or at once where they are looked at', async () => {
    const { keys, add, time } = newStore();
    const one = await add('one');
    expect(prints(await keys.opening())).toEqual(prints([one]));
    const two = await add('two');
    expect(prints(await keys.opening())).toEqual(prints([one]));
    expect(prints(await keys.opening({ look: true }))).toEqual(prints([one, two]));
    const three = await add('three');
    time.now += 1_000;
    expect(new Set(prints(await keys.opening()))).toEqual(new Set(prints([one, two, three])));
  });

  it('are not loaded again while the store stays as it is', async () => {
    const { keys, add } = newStore();
    await add('one');
    const loaded = await keys.opening();
    expect(await keys.opening({ look: true })).toBe(loaded);
  });

  it('stay as they were while the store cannot be read, with a warning', async () => {
    const { store, keys, add, warnings } = newStore();
    await add('one');
    const loaded = await keys.opening();
    writeFileSync(join(store.directory, 'one', 'key.pem'), 'nothing');
    expect(await keys.opening({ look: true })).toBe(loaded);
    expect(warnings.join()).toContain('the keys stay as they were');
  });

  it('may sign by their certificate, unless they are retired', async () => {
    const { store, keys, add } = newStore();
    await add('one');
    const two = await add('two');
    const { fingerprint } = two.certificate;
    expect((await keys.former(fingerprint))?.own.certificate.fingerprint).toBe(fingerprint);
    store.retire('two', () => 0);
    expect(await newKeysOf(store).former(fingerprint)).toBeUndefined();
    rmSync(join(store.directory, 'two'), { recursive: true });
    expect(await newKeysOf(store).former(fingerprint)).toBeUndefined();
  });
});

function newKeysOf({ directory }: KeyStore): OwnKeys {
  return new OwnKeys({
    ...{ directory, passphrase: () => Promise.resolve(undefined) },
    ...{ clock: () => 0, warn: () => undefined },
  });
}
