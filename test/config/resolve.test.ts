import { describe, expect, it } from 'vitest';
import { parseProfileName } from '../../src/config/profile-name.js';
import {
  describeOrigin,
  requireSetting,
  resolveSettings,
  type SettingSources,
} from '../../src/config/resolve.js';

function sources(given: {
  flags?: SettingSources['flags'];
  env?: SettingSources['env'];
  fields?: Record<string, string>;
}): SettingSources {
  return {
    flags: given.flags ?? {},
    env: given.env ?? {},
    profile: {
      name: parseProfileName('prod'),
      fields: new Map(Object.entries(given.fields ?? {})),
    },
    directories: { state: '/s', keys: '/k' },
    base: { directory: '/srv/job', home: '/home/anna' },
    profileBase: { directory: '/etc/msg', home: '/home/anna' },
  };
}

describe('precedence', () => {
  const flags = { 'book.max-age': '1s' };
  const env = { MSG_BOOK_MAX_AGE: '2s' };
  const fields = { 'book.max-age': '3s' };

  it.each([
    ['--book-max-age', sources({ flags, env, fields }), 1_000],
    ['MSG_BOOK_MAX_AGE', sources({ env, fields }), 2_000],
    ['profile prod', sources({ fields }), 3_000],
    ['built-in', sources({}), 60_000],
  ])('the strongest place that has a value is %s', (origin, from, value) => {
    const resolved = resolveSettings(from)['book.max-age'];
    expect(resolved.value).toBe(value);
    expect(describeOrigin(resolved.origin)).toBe(origin);
  });

  it('leaves what is nowhere without a value', () => {
    expect(resolveSettings(sources({})).peer).toEqual({
      value: undefined,
      origin: { kind: 'unset' },
      shown: undefined,
    });
  });

  it('takes an empty environment variable for none', () => {
    const settings = resolveSettings(sources({ env: { MSG_BOOK_MAX_AGE: '' }, fields }));
    expect(settings['book.max-age'].value).toBe(3_000);
  });

  it("starts relative paths at the working directory, those of a profile at its file's", () => {
    const settings = resolveSettings(
      sources({ flags: { 'transport.ca': 'ca.pem' }, fields: { 'chain.ca': 'ca.pem' } }),
    );
    expect(settings['transport.ca'].value).toBe('/srv/job/ca.pem');
    expect(settings['chain.ca'].value).toBe('/etc/msg/ca.pem');
  });

  it("puts the keys into the profile's own directory", () => {
    expect(resolveSettings(sources({})).keys.value).toBe('/k');
  });
});

describe('a wrong value', () => {
  it.each([
    [sources({ flags: { 'chain.fees': 'x' } }), '--chain-fees'],
    [sources({ env: { MSG_CHAIN_FEES: 'x' } }), 'MSG_CHAIN_FEES'],
    [sources({ fields: { 'chain.fees': 'x' } }), 'profile prod'],
  ])('is named with its setting and origin (%#)', (from, origin) => {
    expect(() => resolveSettings(from)).toThrow(
      expect.objectContaining({
        code: 'config',
        message: `chain.fees: not one of auto, legacy, free: "x" (from ${origin})`,
      }),
    );
  });
});

describe('showing settings', () => {
  it('takes the credentials out of URLs', () => {
    const settings = resolveSettings(sources({ fields: { 'chain.url': 'https://anna:pw@node/' } }));
    expect(settings['chain.url'].value).toEqual(['https://anna:pw@node/']);
    expect(settings['chain.url'].shown).toBe('https://***@node/');
  });
});

describe('a setting that the work needs', () => {
  it('is given when it is there', () => {
    expect(requireSetting(resolveSettings(sources({ fields: { peer: 'acme' } })), 'peer')).toBe(
      'acme',
    );
  });

  it('is asked for by name and variable when it is not', () => {
    expect(() => requireSetting(resolveSettings(sources({})), 'chain.url')).toThrow(
      expect.objectContaining({
        code: 'config',
        message: 'chain.url is not set',
        hint: 'set it with: msg profile set chain.url VALUE; or as MSG_CHAIN_URL',
      }),
    );
  });
});
