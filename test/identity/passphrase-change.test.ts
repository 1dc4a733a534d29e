import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadKeyOf } from '../../src/identity/entry-key.js';
import type { KeyEntry } from '../../src/identity/key-entry.js';
import { writeKeyFile } from '../../src/identity/key-file.js';
import { protectKeys } from '../../src/identity/passphrase-change.js';
import { generateKey } from '../../src/identity/software-key.js';
import { KeyStore } from '../../src/identity/store.js';
import { RunningMsg, msg } from '../support/msg.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const LABELS = ['one', 'two'];
const [OLD, NEW] = ['the old passphrase', 'the new passphrase'];
const CHANGE = '.passphrase-change';
const TEMPORARY = /^key\.pem\.[0-9a-f]{12}\.tmp/;

async function storeUnder(passphrase: string, directory: string): Promise<KeyStore> {
  const store = new KeyStore(directory);
  for (const label of LABELS) {
    const key = generateKey();
    const entry = await store.add({ key, label, random: randomBytes });
    // PBKDF2 with few rounds, so that the test's time does not go into opening the old files.
    const form = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase } as const;
    writeFileSync(join(entry.directory, 'key.pem'), key.privateKey.export(form));
  }
  return store;
}

function opens(entry: KeyEntry, passphrase: string): Promise<boolean> {
  return loadKeyOf(entry, () => Promise.resolve(passphrase)).then(
    () => true,
    () => false,
  );
}

/** Which of the two passphrases all the keys have; anything else fails the test. */
async function passphraseOf(store: KeyStore): Promise<'old' | 'new'> {
  const found = new Set<string>();
  for (const entry of store.list()) {
    const isNew = await opens(entry, NEW);
    expect(isNew || (await opens(entry, OLD))).toBe(true);
    found.add(isNew ? 'new' : 'old');
  }
  expect([...found]).toHaveLength(1);
  return found.has('new') ? 'new' : 'old';
}

/** Kills a change of the passphrase when so many things have happened in the key store. */
async function changeKilledAfter(events: number, home: string, store: string): Promise<boolean> {
  const paths = [store, ...LABELS.map((label) => join(store, label))];
  let count = 0;
  const running = new RunningMsg(['identity', 'passphrase', '--new-passphrase', 'env:NEW'], {
    home,
    env: { MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:OLD', OLD, NEW },
  });
  const watchers = paths.map((path) =>
    watch(path, () => {
      count++;
      if (count === events) running.child.kill('SIGKILL');
    }),
  );
  const { signal } = await running.ended;
  for (const watcher of watchers) watcher.close();
  return signal === 'SIGKILL';
}

describe('a change of the passphrase that is killed', () => {
  it.each([1, 3, 5, 7, 9, 11, 13])(
    'leaves all keys with the old one or all with the new one: after step %i',
    async (events) => {
      const home = temporaryDirectory();
      const directory = join(home, 'data/default/keys');
      const store = await storeUnder(OLD, directory);
      const wasKilled = await changeKilledAfter(events, home, directory);
      if (events === 1) expect(wasKilled).toBe(true);
      const has = await passphraseOf(store);
      if (!wasKilled) expect(has).toBe('new');
      expect(existsSync(join(directory, CHANGE))).toBe(false);
    },
  );

  it('can be made again, and leaves nothing of its first attempt', async () => {
    const home = temporaryDirectory();
    const directory = join(home, 'data/default/keys');
    const store = await storeUnder(OLD, directory);
    const left = join(directory, 'two', 'key.pem.0123456789ab.tmp');
    const partial = join(directory, '.four.0123456789ab');
    writeFileSync(left, 'a key in clear');
    writeFileSync(partial, 'an entry that was never whole');
    for (const path of [left, partial]) utimesSync(path, 1, 1);
    const env = { MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'env:OLD', OLD, NEW };
    const again = await msg(['identity', 'passphrase', '--new-passphrase', 'env:NEW'], {
      home,
      env,
    });
    expect(again).toMatchObject({ code: 0 });
    expect(await passphraseOf(store)).toBe('new');
    expect(readdirSync(join(directory, 'two')).sort()).toEqual(['key.pem', 'public.pem']);
    await store.add({ key: generateKey(), label: 'four', random: randomBytes });
    expect(readdirSync(directory).sort()).toEqual(['four', ...LABELS]);
  });
});

describe('a change of the passphrase that was decided and not completed', () => {
  /** As a process leaves it that is killed right after the decision. */
  async function decided(): Promise<KeyStore> {
    const directory = join(temporaryDirectory(), 'keys');
    const store = await storeUnder(OLD, directory);
    const file = 'key.pem.aabbccddeeff.tmp';
    for (const entry of store.list()) {
      const key = await loadKeyOf(entry, () => Promise.resolve(OLD));
      const path = join(entry.directory, file);
      await writeKeyFile(path, key, { passphrase: NEW, random: randomBytes });
    }
    writeFileSync(join(directory, CHANGE), `${file}\n${LABELS.join('\n')}\n`);
    return store;
  }

  it('is completed by whoever reads the store next', async () => {
    const store = await decided();
    expect(await passphraseOf(store)).toBe('new');
    expect(existsSync(join(store.directory, CHANGE))).toBe(false);
    for (const label of LABELS) {
      const names = readdirSync(join(store.directory, label));
      expect(names.filter((name) => TEMPORARY.test(name))).toEqual([]);
    }
  });

  it('counts for keys that somebody has at hand since before', async () => {
    const store = await decided();
    const directory = join(store.directory, 'two');
    const entry = { label: 'two', directory } as KeyEntry;
    expect(await opens(entry, NEW)).toBe(true);
    expect(existsSync(join(store.directory, CHANGE))).toBe(true);
  });

  it('keeps another one from being decided meanwhile', async () => {
    const store = await decided();
    const directory = join(store.directory, 'two');
    const entry = { label: 'two', directory } as KeyEntry;
    const key = await loadKeyOf(entry, () => Promise.resolve(NEW));
    const change = protectKeys([{ entry, key }], { passphrase: OLD, random: randomBytes });
    await expect(change).rejects.toMatchObject({ code: 'key-refused' });
    expect(await passphraseOf(store)).toBe('new');
  });
});
