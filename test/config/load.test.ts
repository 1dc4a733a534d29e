import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

function load(
  file: object | undefined,
  request: { profile?: string; env?: Record<string, string> },
) {
  const home = temporaryDirectory();
  if (file !== undefined) {
    mkdirSync(join(home, 'config'));
    writeFileSync(join(home, 'config/profiles.json'), JSON.stringify(file), { mode: 0o600 });
  }
  const { profile, env } = request;
  return loadConfiguration({ env: { MSG_HOME: home, ...env }, home, cwd: home, profile });
}

const TWO = { current: 'prod', profiles: { prod: { peer: 'acme' }, test: { peer: 'acme.test' } } };

describe('the profile in use', () => {
  it.each([
    ['the current one', {}, 'prod', 'acme'],
    ['the one MSG_PROFILE names', { env: { MSG_PROFILE: 'test' } }, 'test', 'acme.test'],
    ['the one --profile names', { profile: 'prod', env: { MSG_PROFILE: 'test' } }, 'prod', 'acme'],
  ])('is %s', (_, request, profile, peer) => {
    const configuration = load(TWO, request);
    expect(configuration.profile).toBe(profile);
    expect(configuration.settings.peer.value).toBe(peer);
    expect(configuration.profileDirectories.state).toBe(
      join(configuration.directories.state, profile),
    );
  });

  it('is the only one when none is current', () => {
    expect(load({ profiles: { solo: {} } }, {}).profile).toBe('solo');
  });

  it('is called default when there is none at all: the environment will do', () => {
    const { profile, settings } = load(undefined, { env: { MSG_PEER: 'acme' } });
    expect(profile).toBe('default');
    expect(settings.peer.value).toBe('acme');
  });

  it('has to be chosen when there are several and none is current', () => {
    expect(() => load({ profiles: TWO.profiles }, {})).toThrow(
      'none of 2 profiles is the current one',
    );
  });

  it.each([
    [{ profile: 'tset' }, 'no profile "tset"'],
    [{ env: { MSG_PROFILE: 'tset' } }, 'no profile "tset"'],
    [{ profile: '../x' }, 'not a profile name: "../x"'],
    [{ profile: 'default' }, 'no profile "default"'],
  ])('has to exist when it is named: %j', (request, message) => {
    expect(() => load(TWO, request)).toThrow(message);
  });

  it('has to exist when the file calls it current', () => {
    expect(() => load({ current: 'gone', profiles: {} }, {})).toThrow('no profile "gone"');
  });
});
