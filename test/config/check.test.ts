import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '../../src/config/check.js';
import { parseProfileName } from '../../src/config/profile-name.js';

function check(fields: Record<string, string>, env: Record<string, string> = {}) {
  return checkConfiguration({
    flags: {},
    env,
    profile: { name: parseProfileName('prod'), fields: new Map(Object.entries(fields)) },
    directories: { state: '/s', keys: '/k' },
    base: { directory: '/', home: '/' },
    profileBase: { directory: '/', home: '/' },
  });
}

const RIGHT = { peer: 'acme', transport: 'file:/log.db' };

describe('checking a configuration', () => {
  it('finds nothing wrong with a right one', () => {
    expect(check(RIGHT, { MSG_HOME: '/x', MSG_DEBUG: '*', MSG_PROFILE: 'prod' })).toEqual([]);
  });

  it('reports unknown settings, with what was probably meant', () => {
    expect(check({ ...RIGHT, 'trust.anchor': '/ca.pem' })).toEqual([
      {
        level: 'error',
        key: 'trust.anchor',
        message: 'no such setting (in profile prod)',
        hint: 'did you mean trust.anchors',
      },
    ]);
  });

  it('warns of unknown environment variables', () => {
    expect(check(RIGHT, { MSG_TRANSPROT: 'x' })).toEqual([
      {
        level: 'warning',
        key: 'MSG_TRANSPROT',
        message: 'no such environment variable',
        hint: 'did you mean MSG_TRANSPORT',
      },
    ]);
  });

  it('reports every wrong value, not only the first', () => {
    const problems = check({ ...RIGHT, 'chain.id': 'x', 'chain.fees': 'x' });
    expect(problems.map(({ key }) => key)).toEqual(['chain.id', 'chain.fees']);
  });

  it.each([
    [{}, ['peer', 'transport']],
    [{ ...RIGHT, 'transport.cert': '/c' }, ['transport.key']],
    [{ ...RIGHT, 'transport.key': '/k' }, ['transport.cert']],
    [{ ...RIGHT, 'transport.sasl': 'plain' }, ['transport.username', 'transport.password']],
    [{ ...RIGHT, 'transport.username': 'anna' }, ['transport.sasl']],
    [{ ...RIGHT, directory: `0x${'0'.repeat(40)}` }, ['chain.url']],
    [{ ...RIGHT, 'book.max-age': '2h', 'book.max-stale': '1h' }, ['book.max-stale']],
  ])('finds settings that need or contradict each other: %j', (fields, keys) => {
    expect(check(fields).map(({ level, key }) => ({ level, key }))).toEqual(
      keys.map((key) => ({ level: 'error', key })),
    );
  });

  it('warns of credentials that would travel in the clear', () => {
    const sasl = {
      'transport.sasl': 'plain',
      'transport.username': 'anna',
      'transport.password': 'env:P',
    };
    expect(check({ ...RIGHT, ...sasl, transport: 'kafka://a' })).toMatchObject([
      { level: 'warning', key: 'transport' },
    ]);
    expect(check({ ...RIGHT, ...sasl, transport: 'kafkas://a' })).toEqual([]);
    const chain = { 'chain.auth': 'env:A', directory: `0x${'0'.repeat(40)}` };
    expect(check({ ...RIGHT, ...chain, 'chain.url': 'http://node.example' })).toMatchObject([
      { level: 'warning', key: 'chain.url' },
    ]);
    expect(check({ ...RIGHT, ...chain, 'chain.url': 'http://127.0.0.1:8545' })).toEqual([]);
  });

  it('warns of an authority that is never asked about', () => {
    const ca = { ...RIGHT, 'transport.ca': '/ca.pem' };
    expect(check({ ...ca, transport: 'kafka://a' })).toMatchObject([
      { level: 'warning', key: 'transport.ca' },
    ]);
    expect(check({ ...ca, transport: 'kafkas://a' })).toEqual([]);
  });
});
