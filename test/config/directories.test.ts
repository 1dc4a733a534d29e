import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  directoriesOf,
  ensureDirectory,
  profileDirectoriesOf,
} from '../../src/config/directories.js';
import { parseProfileName } from '../../src/config/profile-name.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const place = { home: '/home/anna', cwd: '/srv/job' };

describe('directories', () => {
  it('follow the XDG specification, each with a directory of its own', () => {
    expect(directoriesOf({ ...place, env: {} })).toEqual({
      config: '/home/anna/.config/msg',
      state: '/home/anna/.local/state/msg',
      cache: '/home/anna/.cache/msg',
      data: '/home/anna/.local/share/msg',
    });
  });

  it('follow the XDG variables, but not relative ones', () => {
    const env = { XDG_CONFIG_HOME: '/etc/anna', XDG_STATE_HOME: 'state', XDG_CACHE_HOME: '' };
    expect(directoriesOf({ ...place, env })).toMatchObject({
      config: '/etc/anna/msg',
      state: '/home/anna/.local/state/msg',
      cache: '/home/anna/.cache/msg',
    });
  });

  it('all move with MSG_HOME, which may be relative', () => {
    const env = { MSG_HOME: 'here', XDG_CONFIG_HOME: '/etc/anna' };
    expect(directoriesOf({ ...place, env })).toEqual({
      config: '/srv/job/here/config',
      state: '/srv/job/here/state',
      cache: '/srv/job/here/cache',
      data: '/srv/job/here/data',
    });
  });

  it('give each profile its own state and keys', () => {
    const directories = directoriesOf({ ...place, env: { MSG_HOME: '/m' } });
    expect(profileDirectoriesOf(directories, parseProfileName('prod'))).toEqual({
      state: '/m/state/prod',
      keys: '/m/data/prod/keys',
    });
  });

  it('are created for their owner alone, with those above them', () => {
    const path = join(temporaryDirectory(), 'a', 'b');
    expect(ensureDirectory(path)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  it('are left as they are when they are there', () => {
    const path = join(temporaryDirectory(), 'shared');
    mkdirSync(path, { mode: 0o750 });
    ensureDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  it('that cannot be created are named', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(() => ensureDirectory(join(file, 'x'))).toThrow(
      `cannot create the directory ${file}/x: ENOTDIR`,
    );
  });
});

describe('profile names', () => {
  it.each(['prod', 'eu-1', 'a.b_c', '0'])('may be %s', (name) => {
    expect(parseProfileName(name)).toBe(name);
  });

  it.each(['', '.', '..', 'a/../b', 'a..b', 'a/b', 'Prod', '-x', '__proto__', 'x'.repeat(64)])(
    'may not be %j',
    (name) => {
      expect(() => parseProfileName(name)).toThrow(/^not a profile name: /);
    },
  );
});
