import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/files/make-directory.js';
import { msg } from '../support/msg.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('making a directory', () => {
  it('makes those above it too, all with the mode given', () => {
    const base = temporaryDirectory();
    makeDirectory(join(base, 'a', 'b', 'c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) {
      expect(statSync(join(base, path)).mode & 0o777).toBe(0o700);
    }
  });

  it('leaves one that is there as it is, also behind a symbolic link', () => {
    const base = temporaryDirectory();
    mkdirSync(join(base, 'real'), { mode: 0o750 });
    symlinkSync('real', join(base, 'link'));
    makeDirectory(join(base, 'link'), 0o700);
    makeDirectory(join(base, 'link', 'below'), 0o700);
    expect(statSync(join(base, 'real')).mode & 0o777).toBe(0o750);
    expect(existsSync(join(base, 'real', 'below'))).toBe(true);
  });

  it.each(['file', 'file/below'])('fails where a file is in the way: %s', (path) => {
    const base = temporaryDirectory();
    writeFileSync(join(base, 'file'), '');
    expect(() => {
      makeDirectory(join(base, path));
    }).toThrow(/EEXIST|ENOTDIR/);
  });

  it('fails below a link that leads nowhere', () => {
    const base = temporaryDirectory();
    symlinkSync('nowhere', join(base, 'link'));
    expect(() => {
      makeDirectory(join(base, 'link', 'below'));
    }).toThrow(/EEXIST|ENOENT/);
  });
});

describe.skipIf(!existsSync('/proc/self'))('below /proc, where nothing can be made', () => {
  const HOME = '/proc/msg-home';

  it('it fails instead of trying for ever', () => {
    expect(() => {
      makeDirectory(`${HOME}/a/b`);
    }).toThrow(/ENOENT/);
  });

  it.each([
    [['init', '--profile', 'acme', '--no-input']],
    [['identity', 'create', '--no-passphrase', '--peer', 'acme']],
    [['message', 'list', '--peer', 'acme']],
    [['sandbox', 'up']],
  ])('msg %j ends at once and says what cannot be made', async (args) => {
    const { code, stderr } = await msg(args, { home: HOME });
    expect(stderr).toMatch(/cannot (create|write|use) .*\/proc\/msg-home/);
    expect(stderr).toMatch(/hint: /);
    expect(code).toBe(2);
  });
});
