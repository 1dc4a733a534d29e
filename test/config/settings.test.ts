import { describe, expect, it } from 'vitest';
import { settleText } from '../../src/config/setting-text.js';
import {
  flagOf,
  SETTING_KEYS,
  settingOf,
  type SettingKey,
  variableOf,
} from '../../src/config/settings.js';

const base = { directory: '/srv/job', home: '/home/anna' };
const directories = { state: '/s', keys: '/k' };
const value = (key: SettingKey, text: string): unknown => settleText(key, text, { base }).value;

describe('the table of settings', () => {
  it('gives each setting a variable and a flag of its own', () => {
    const names = SETTING_KEYS.map(variableOf);
    expect(new Set([...names, 'MSG_HOME', 'MSG_PROFILE', 'MSG_DEBUG']).size).toBe(names.length + 3);
    expect(new Set(SETTING_KEYS.map(flagOf)).size).toBe(SETTING_KEYS.length);
    expect(variableOf('transport.give-up-after')).toBe('MSG_TRANSPORT_GIVE_UP_AFTER');
    expect(flagOf('book.max-age')).toBe('--book-max-age');
  });

  it.each(SETTING_KEYS)('describes %s, and its built-in value is a right one', (key) => {
    const { about, preset } = settingOf(key);
    expect(about).toMatch(/^[^.]*(?:\.[a-zA-Z][^.]*)*[^.]$/);
    if (preset !== undefined) expect(value(key, preset(directories))).toBeDefined();
  });
});

describe('the values of settings', () => {
  it.each<[SettingKey, string, unknown]>([
    ['peer', ' acme.finance ', 'acme.finance'],
    ['transport', 'file:log.db', { kind: 'embedded', path: '/srv/job/log.db' }],
    ['transport', 'file:~/log.db', { kind: 'embedded', path: '/home/anna/log.db' }],
    [
      'transport',
      'kafka://a.example:9093,b.example',
      { kind: 'kafka', tls: false, brokers: ['a.example:9093', 'b.example:9092'] },
    ],
    ['transport', 'kafkas://[::1]:9094/', { kind: 'kafka', tls: true, brokers: ['[::1]:9094'] }],
    ['transport.sasl', 'scram-sha-512', 'scram-sha-512'],
    ['transport.password', 'env:KAFKA_PASSWORD', { kind: 'env', name: 'KAFKA_PASSWORD' }],
    ['chain.url', 'https://a:8545, http://b', ['https://a:8545', 'http://b']],
    ['chain.id', '1337', 1337n],
    ['chain.id', '0x539', 1337n],
    ['chain.confirmations', '12', 12],
    ['chain.confirmations', 'finalized', 'finalized'],
    ['account', 'keystore:key.json', { kind: 'keystore', path: '/srv/job/key.json' }],
    [
      'account',
      `external:http://signer:9000#0x${'aB'.repeat(20)}`,
      { kind: 'external', url: 'http://signer:9000', address: `0x${'aB'.repeat(20)}` },
    ],
    ['account', 'key:env:RAW_KEY', { kind: 'key', secret: { kind: 'env', name: 'RAW_KEY' } }],
    ['key.passphrase', 'none', 'none'],
    ['key.passphrase', 'prompt', { kind: 'prompt' }],
    ['trust.anchors', 'a.pem,,~/b.pem', ['/srv/job/a.pem', '/home/anna/b.pem']],
    ['trust.naming', 'dns:{name}.example', 'dns:{name}.example'],
    ['book.max-age', '1m30s', 90_000],
    ['limits.message', '2GiB', 2_147_483_648],
  ])('%s takes %j', (key, text, expected) => {
    expect(value(key, text)).toEqual(expected);
  });

  it.each<[SettingKey, string, string]>([
    ['peer', 'Acme', 'peer: not a peer name: "Acme"'],
    ['transport', 'kafka://', 'transport: not the address of a transport'],
    ['transport', 'kafka://a:99999', 'transport: not the address of a transport'],
    ['transport', 'http://a:9092', 'transport: not the address of a transport'],
    ['transport', 'kafka://a b:9092', 'transport: not the address of a transport'],
    ['transport', 'file:', 'transport: not the address of a transport'],
    ['transport', 'file:///var/log.db', 'transport: not the address of a transport'],
    ['chain.url', 'node:8545', 'chain.url: not an http or https URL: "node:8545"'],
    ['chain.url', ' , ', 'chain.url: no URL is given'],
    ['chain.id', '-1', 'chain.id: not a chain id'],
    ['chain.confirmations', '0', 'chain.confirmations: not a whole number from 1 up: "0"'],
    ['chain.fees', 'freee', 'chain.fees: not one of auto, legacy, free: "freee"'],
    ['directory', '0x12', 'directory: not a contract\'s address: "0x12"'],
    ['account', 'external:http://signer', 'account: not the address of an account'],
    ['inbox', '..', 'inbox: not a topic: ".."'],
    ['limits.message', '1.5', 'limits.message: not a size in bytes: "1.5"'],
  ])('%s refuses %j', (key, text, message) => {
    expect(() => value(key, text)).toThrow(message);
  });

  it.each<[SettingKey, string]>([
    ['transport.password', 'hunter2-hunter2'],
    ['transport.password', 'pass:hunter2-hunter2'],
    ['transport.password', 'env:hunter2-hunter2!'],
    ['key.passphrase', 'hunter2-hunter2'],
    ['account', 'hunter2-hunter2'],
    ['account', 'key:hunter2-hunter2'],
    ['chain.url', 'ftp://anna:hunter2-hunter2@node'],
    ['transport', 'kafka://anna:hunter2-hunter2@a:9092'],
  ])('a secret put into %s by mistake is not repeated', (key, text) => {
    const read = (): unknown => value(key, text);
    expect(read).toThrow(expect.objectContaining({ code: 'config' }));
    expect(read).not.toThrow(/hunter2/);
  });
});
