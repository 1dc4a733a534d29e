import { describe, expect, it } from 'vitest';
import { redact } from '../../src/domain/redact.js';

describe('redaction', () => {
  it.each([
    [
      'connect https://anna:pa55@node.example:8545/x failed',
      'connect https://***@node.example:8545/x failed',
    ],
    ['https://user:p@ss@node.example/', 'https://***@node.example/'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
    ['{"authorization":"Bearer abcdef123456"}', '{"authorization":"Bearer ***"}'],
    ['sent Bearer abcdef123456 along', 'sent Bearer *** along'],
    ['password=hunter2 for anna', 'password=*** for anna'],
    ['https://node.example/?apikey=k123&x=1', 'https://node.example/?apikey=***&x=1'],
    [
      'key -----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY----- here',
      'key [EC PRIVATE KEY ***] here',
    ],
    ['cut -----BEGIN PRIVATE KEY-----\nMIIE', 'cut [PRIVATE KEY ***]'],
  ])('takes the secret out of %j', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    'https://node.example:8545/path',
    'anna@example.com wrote',
    'the passphrase of the key store is missing',
    'password: file:/run/secrets/kafka',
    'key.passphrase: not a reference to a secret',
    'transport.password = prompt',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ])('leaves %j alone', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('takes out every value it is told of, wherever it stands', () => {
    expect(redact('say swordfish and swordfish', ['swordfish', ''])).toBe('say *** and ***');
  });
});
