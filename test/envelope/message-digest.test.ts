import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../src/envelope/header.js';
import { messageDigest, parseHeader } from '../../src/envelope/header-json.js';

const ID = '0192d3a1-7c4e-7b1a-8f00-1234567890ab';
const OTHER_ID = '0192d3a1-7c4e-7b1a-8f00-1234567890ac';
const CERT = 'ab'.repeat(32);
const OTHER_CERT = 'cd'.repeat(32);
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A header as it arrives: any JSON. */
function json(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    v: 1,
    id: ID,
    kind: 'message',
    from: 'acme',
    to: [{ peer: 'bolt', cert: CERT }],
    sent: 1_770_000_000_000,
    contentType: 'text/plain',
    size: 3,
    ...changes,
  });
}

const header = (changes: Record<string, unknown> = {}): Header => parseHeader(json(changes));

describe('the digest of a message', () => {
  it('is SHA-256 over the documented bytes', () => {
    const bytes =
      `{"v":1,"id":"${ID}","kind":"message","from":"acme","to":[{"peer":"bolt"}],` +
      `"contentType":"text/plain","size":3}\n${EMPTY_SHA256}`;
    const to = [{ peer: 'bolt', cert: CERT, after: [OTHER_ID], void: [ID] }];
    expect(messageDigest(header({ to }), EMPTY_SHA256)).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
  });

  it('stays when a ledger that knows less sends it once more', () => {
    const to = [{ peer: 'bolt', cert: CERT, after: [OTHER_ID], void: [ID] }];
    expect(messageDigest(header({ to }), EMPTY_SHA256)).toBe(messageDigest(header(), EMPTY_SHA256));
  });

  it('stays when the message is sealed anew: later, to newer certificates, in another order', () => {
    const to = [
      { peer: 'bolt', cert: CERT },
      { peer: 'corp', cert: OTHER_CERT },
    ];
    const anew = [
      { peer: 'corp', cert: CERT },
      { peer: 'bolt', cert: OTHER_CERT },
    ];
    expect(messageDigest(header({ to: anew, sent: 5 }), EMPTY_SHA256)).toBe(
      messageDigest(header({ to }), EMPTY_SHA256),
    );
  });

  const others: readonly [string, Record<string, unknown>][] = [
    ['id', { id: OTHER_ID }],
    ['kind', { kind: 'manifest' }],
    ['sender', { from: 'corp' }],
    ['recipient', { to: [{ peer: 'corp', cert: CERT }] }],
    [
      'further recipient',
      {
        to: [
          { peer: 'bolt', cert: CERT },
          { peer: 'corp', cert: OTHER_CERT },
        ],
      },
    ],
    ['expiry', { expires: 1 }],
    ['type', { type: 't' }],
    ['correlation id', { cid: 'c' }],
    ['message replied to', { replyTo: OTHER_ID }],
    ['content type', { contentType: 'text/html' }],
    ['file name', { name: 'n' }],
    ['size', { size: 4 }],
    ['encoding', { encoding: 'gzip' }],
    ['receipt', { receipt: ['received'] }],
  ];

  it.each(others)('changes with another %s', (_name, changes) => {
    expect(messageDigest(header(changes), EMPTY_SHA256)).not.toBe(
      messageDigest(header(), EMPTY_SHA256),
    );
  });

  it('changes with another payload', () => {
    expect(messageDigest(header(), CERT)).not.toBe(messageDigest(header(), EMPTY_SHA256));
  });
});
