import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directoriesOf } from '../../src/config/directories.js';
import { profileFilePath } from '../../src/config/profile-file.js';
import { openProfileStore } from '../../src/config/profile-store.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

function open() {
  const home = temporaryDirectory();
  const directories = directoriesOf({ env: { MSG_HOME: home }, home, cwd: home });
  const reopen = () => openProfileStore(directories, { directory: '/srv/job', home: '/home/anna' });
  return { directories, path: profileFilePath(directories), reopen, store: reopen() };
}

function fieldsOf(store: ReturnType<typeof openProfileStore>, name: string) {
  const found = [...store.read().profiles].find(([candidate]) => candidate === name);
  return Object.fromEntries(found?.[1] ?? []);
}

describe('the profile store', () => {
  it('writes the very file that is read without it', () => {
    const { store, path } = open();
    store.create('prod', { peer: 'acme' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      current: 'prod',
      profiles: { prod: { peer: 'acme' } },
    });
  });

  it('keeps the file to its owner and leaves no other behind', () => {
    const { store, path, directories } = open();
    store.create('prod', {});
    store.set('prod', { peer: 'acme' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(directories.config).mode & 0o777).toBe(0o700);
    expect(readdirSync(directories.config)).toEqual(['profiles.json']);
  });

  it('makes the first profile current and leaves it so until another is chosen', () => {
    const { store } = open();
    store.create('prod', {});
    store.create('test', {});
    expect(store.read().current).toBe('prod');
    store.use('test');
    expect(store.read().current).toBe('test');
  });

  it('stores paths as absolute ones, wherever they stand', () => {
    const { store } = open();
    store.create('prod', {
      'trust.anchors': 'ca.pem, ~/root.pem',
      transport: 'file:log.db',
      account: 'key:file:raw',
      'key.passphrase': 'file:pass',
    });
    expect(fieldsOf(store, 'prod')).toEqual({
      'trust.anchors': '/srv/job/ca.pem,/home/anna/root.pem',
      transport: 'file:/srv/job/log.db',
      account: 'key:file:/srv/job/raw',
      'key.passphrase': 'file:/srv/job/pass',
    });
  });

  it('changes some settings and keeps the others', () => {
    const { store, reopen } = open();
    store.create('prod', { peer: 'acme', inbox: 'old', 'chain.fees': 'free' });
    store.set('prod', { inbox: 'new', 'chain.fees': undefined });
    expect(fieldsOf(reopen(), 'prod')).toEqual({ peer: 'acme', inbox: 'new' });
  });

  it('changes nothing when one of the changes is wrong', () => {
    const { store } = open();
    store.create('prod', { peer: 'acme' });
    expect(() => store.set('prod', { inbox: 'x', peer: 'ACME!' })).toThrow(
      'peer: not a peer name: "ACME!"',
    );
    expect(fieldsOf(store, 'prod')).toEqual({ peer: 'acme' });
  });

  it('suggests the setting that was probably meant', () => {
    const { store } = open();
    expect(() => store.create('prod', { 'chian.url': 'http://x' })).toThrow(
      expect.objectContaining({
        message: 'no setting "chian.url"',
        hint: 'did you mean chain.url',
      }),
    );
  });

  it('can take away a misspelt setting that stands in the file', () => {
    const { store, path } = open();
    writeFileSync(path, '{"profiles":{"prod":{"pear":"acme"}}}', { mode: 0o600 });
    store.set('prod', { pear: undefined });
    expect(fieldsOf(store, 'prod')).toEqual({});
  });

  it('replaces a profile as a whole, adds one that is missing, and leaves the choice as it is', () => {
    const { store } = open();
    store.create('prod', { peer: 'acme', inbox: 'orders' });
    store.replace('prod', { peer: 'bolt' });
    store.replace('test', { peer: 'corp' });
    expect(fieldsOf(store, 'prod')).toEqual({ peer: 'bolt' });
    expect(fieldsOf(store, 'test')).toEqual({ peer: 'corp' });
    expect(store.read().current).toBe('prod');
  });

  it('takes a profile away, and with the current one the choice', () => {
    const { store } = open();
    store.create('prod', {});
    store.create('test', {});
    store.remove('prod');
    expect(store.read()).toMatchObject({ current: undefined });
    expect([...store.read().profiles.keys()]).toEqual(['test']);
  });

  it('refuses a second profile of the same name, and one that is not there', () => {
    const { store } = open();
    store.create('prod', {});
    expect(() => store.create('prod', {})).toThrow('a profile prod exists already');
    for (const missing of [
      () => store.use('prd'),
      () => store.remove('prd'),
      () => store.set('prd', {}),
    ]) {
      expect(missing).toThrow(
        expect.objectContaining({ message: 'no profile "prd"', hint: 'did you mean prod' }),
      );
    }
  });

  it('says which file cannot be written, and that it is no bug', () => {
    const { store, path, directories } = open();
    rmSync(directories.config, { recursive: true });
    writeFileSync(directories.config, 'a file where the directory was');
    expect(() => store.replace('prod', { peer: 'acme' })).toThrow(
      expect.objectContaining({
        ...{
          code: 'config',
          message: expect.stringContaining(`cannot write ${path}: E`) as string,
        },
        hint: expect.stringContaining('MSG_HOME') as string,
      }) as Error,
    );
  });

  it('leaves a malformed file as it is', () => {
    const { path, reopen } = open();
    writeFileSync(path, '{"profiles":', { mode: 0o600 });
    expect(reopen).toThrow(/is malformed at line 1, column 13/);
    expect(readFileSync(path, 'utf8')).toBe('{"profiles":');
  });
});
