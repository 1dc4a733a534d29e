import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Directories, directoriesOf } from '../../src/config/directories.js';
import { profileFilePath, profileNamed, readProfileFile } from '../../src/config/profile-file.js';
import { packagesLoadedBy } from '../support/probe.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

function withFile(text: string): Directories {
  const home = temporaryDirectory();
  const directories = directoriesOf({ env: { MSG_HOME: home }, home, cwd: home });
  mkdirSync(directories.config);
  writeFileSync(profileFilePath(directories), text, { mode: 0o600 });
  return directories;
}

describe('the profile file', () => {
  it('is read without loading any package', () => {
    expect(packagesLoadedBy('src/config/load.ts')).toEqual([]);
  });

  it('holds no profiles when it is not there', () => {
    const home = temporaryDirectory();
    const directories = directoriesOf({ env: { MSG_HOME: home }, home, cwd: home });
    expect(readProfileFile(directories)).toMatchObject({ current: undefined, profiles: new Map() });
  });

  it('gives numbers, switches and lists as texts', () => {
    const directories = withFile(
      '{"current":"prod","profiles":{"prod":{"chain.id":1337,"trust.anchors":["a","b"],"x":true}}}',
    );
    const file = readProfileFile(directories);
    expect(file.current).toBe('prod');
    expect(profileNamed(file, 'prod')).toEqual(
      new Map([
        ['chain.id', '1337'],
        ['trust.anchors', 'a,b'],
        ['x', 'true'],
      ]),
    );
  });

  it('names itself and the position when it is malformed, and repeats nothing of it', () => {
    const directories = withFile('{\n  "profiles": {"prod": {"transport.password": hunter2}}\n}');
    const read = (): unknown => readProfileFile(directories);
    expect(read).toThrow(
      `${profileFilePath(directories)} is malformed at line 2, column 47: expected a value`,
    );
    expect(read).not.toThrow(/hunter2/);
  });

  it.each([
    ['[]', 'the file is not an object'],
    ['{"current":7}', "current is not a profile's name"],
    ['{"profiles":[]}', 'profiles is not an object'],
    ['{"profiles":{"../x":{}}}', 'profiles.../x is not named with [a-z0-9._-]'],
    ['{"profiles":{"prod":"x"}}', 'profiles.prod is not an object'],
    ['{"profiles":{"prod":{"peer":{}}}}', 'profiles.prod, peer, is not a text'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => readProfileFile(withFile(text))).toThrow(reason);
  });

  it.skipIf(process.platform === 'win32')('is refused when others may write to it', () => {
    const directories = withFile('{}');
    chmodSync(profileFilePath(directories), 0o620);
    expect(() => readProfileFile(directories)).toThrow(/can be written by others than its owner/);
  });

  it('suggests the profile that was probably meant', () => {
    const file = readProfileFile(withFile('{"profiles":{"production":{},"test":{}}}'));
    expect(() => profileNamed(file, 'prodution')).toThrow(
      expect.objectContaining({ code: 'config', hint: 'did you mean production' }),
    );
  });
});
