import { randomBytes } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ListStore, type KeptList } from '../../src/crl/list-store.js';
import { prune } from '../../src/crl/prune.js';
import { ca, NOW, revocationList } from '../support/issue.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const root = ca({ subject: 'CN=Root' });
const URL = 'http://crl.example/list.crl';

const kept = (): KeptList => ({
  ...{ list: revocationList({ issuer: root }), fetchedAt: NOW, httpLifetime: undefined },
  validators: { etag: '"1"', lastModified: undefined },
});

function scene(): { directory: string; store: ListStore; file: () => string } {
  const directory = join(temporaryDirectory(), 'crls');
  const store = new ListStore(directory, (length) => randomBytes(length));
  return { directory, store, file: () => join(directory, readdirSync(directory)[0] ?? '') };
}

describe('the store of fetched lists', () => {
  it('gives back what was kept, to other processes as well', () => {
    const { directory, store } = scene();
    const list = kept();
    store.write(URL, list);
    const other = new ListStore(directory, (length) => randomBytes(length));
    expect(other.read(URL)).toEqual(list);
    expect(other.read(`${URL}?`)).toBeUndefined();
  });

  it('makes its directory and files for their owner alone, and leaves nothing half-written', () => {
    const { directory, store, file } = scene();
    expect(store.read(URL)).toBeUndefined();
    expect(existsSync(directory)).toBe(false);
    store.write(URL, kept());
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^[0-9a-f]{40}\.crl$/)]);
  });

  it('counts failures until there is a success', () => {
    const { directory, store } = scene();
    const failure = { at: NOW, count: 3, reason: 'ECONNREFUSED' };
    store.writeFailure(URL, failure);
    expect(store.readFailure(URL)).toEqual(failure);
    store.write(URL, kept());
    expect(store.readFailure(URL)).toBeUndefined();
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('tells by its stamp that another process has changed something', () => {
    const { store, file } = scene();
    const stamps = new Set([store.stamp(URL)]);
    store.writeFailure(URL, { at: NOW, count: 1, reason: 'x' });
    stamps.add(store.stamp(URL));
    store.write(URL, kept());
    stamps.add(store.stamp(URL));
    utimesSync(file(), new Date(), new Date(NOW));
    stamps.add(store.stamp(URL));
    expect(stamps.size).toBe(4);
  });

  it('holds no list where its file is damaged in any way', () => {
    const { store, file } = scene();
    store.write(URL, kept());
    const whole = readFileSync(file());
    const head = whole.indexOf(0x0a);
    const damaged = [
      ...[Buffer.of(), Buffer.from('\n'), whole.subarray(0, head), whole.subarray(0, -1)],
      ...[Buffer.concat([whole, Buffer.of(0)]), whole.subarray(head + 1)],
      Buffer.concat([Buffer.from('null'), whole.subarray(head)]),
      Buffer.concat([Buffer.from(JSON.stringify({ address: URL })), whole.subarray(head)]),
      Buffer.concat([Buffer.from(JSON.stringify({ address: 'http://b/' })), whole.subarray(head)]),
    ];
    for (const bytes of damaged) {
      writeFileSync(file(), bytes);
      expect(store.read(URL)).toBeUndefined();
    }
    writeFileSync(file(), whole);
    expect(store.read(URL)).toBeDefined();
  });

  it('gets along without a place to keep anything', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    const store = new ListStore(join(path, 'crls'), (length) => randomBytes(length));
    store.write(URL, kept());
    store.writeFailure(URL, { at: NOW, count: 1, reason: 'x' });
    expect(store.read(URL)).toBeUndefined();
    expect(store.stamp(URL)).toBe('none, none');
  });
});

describe('pruning', () => {
  const fill = (names: readonly string[]): string => {
    const directory = temporaryDirectory();
    for (const [age, name] of names.entries()) {
      writeFileSync(join(directory, name), 'x'.repeat(10));
      utimesSync(join(directory, name), NOW / 1000, NOW / 1000 - age * 3000);
    }
    return directory;
  };

  it('removes the oldest files until the others fit, by number and by size', () => {
    for (const limits of [
      { files: 3, bytes: 1000 },
      { files: 1000, bytes: 35 },
    ]) {
      const directory = fill(['a', 'b', 'c', 'd', 'e']);
      prune(directory, limits);
      expect(readdirSync(directory)).toEqual(['a', 'b', 'c']);
    }
  });

  it('removes what a killed process has begun to write, once it is certainly killed', () => {
    const directory = fill(['a', 'b.tmp', 'c.tmp']);
    prune(directory, { files: 10, bytes: 1000 });
    expect(readdirSync(directory)).toEqual(['a', 'b.tmp']);
  });
});
