import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../src/envelope/header.js';
import {
  decodeHeader,
  MAX_HEADER_SIZE,
  parseHeader,
  serialiseHeader,
} from '../../src/envelope/header-json.js';

const ID = '0192d3a1-7c4e-7b1a-8f00-1234567890ab';
const idOf = (n: number): string => ID.replace(/ab$/, n.toString(16).padStart(2, '0'));
const OTHER_ID = '0192d3a1-7c4e-7b1a-8f00-1234567890ac';
const CERT = 'ab'.repeat(32);
const OTHER_CERT = 'cd'.repeat(32);

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

describe('the signed header', () => {
  it('is read with all its fields', () => {
    const fields = {
      kind: 'batch',
      expires: 1_770_000_000_001,
      type: 'invoice',
      cid: 'PO 4711/ü',
      replyTo: OTHER_ID,
      name: 'räksmörgås.pdf',
      encoding: 'gzip',
      receipt: ['received', 'processed'],
      to: [{ peer: 'bolt', cert: CERT, after: [ID, OTHER_ID].sort(), void: [OTHER_ID] }],
      items: [{ id: OTHER_ID, size: 3, type: 't', cid: 'c', name: 'n', contentType: 'a/b' }],
    };
    expect(header(fields)).toEqual({ ...(JSON.parse(json()) as object), ...fields });
  });

  it('loses the fields that this version does not know', () => {
    const known = header();
    const to = [{ peer: 'bolt', cert: CERT, colour: 'red' }];
    expect(header({ to, priority: 'high' })).toEqual(known);
  });

  it('cannot smuggle a prototype in', () => {
    const text = json().replace('"v":1', '"__proto__":{"name":"x"},"constructor":1,"v":1');
    const read = parseHeader(text);
    expect(read.name).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  it.each([
    ['', '"kind":"batch","v":1'],
    [' escaped', '"k\\u0069nd":"batch","v":1'],
    [' of an unknown field', '"x":1,"x":2,"v":1'],
    [' deep inside', '"x":[{"y":{"z":1,"z" :2}}],"v":1'],
    [' called __proto__', '"__proto__":1,"__proto__":2,"v":1'],
  ])('has no name twice in one object%s', (_, fields) => {
    const text = json().replace('"v":1', () => fields);
    expect(() => parseHeader(text)).toThrow(/a name stands twice/);
  });

  it('may have a name once in each of several objects, or what looks like one in a text', () => {
    const fields = '"x":[{"y":1},{"y":1}],"type":"a\\"id\\":1,\\"id\\":","v":1';
    expect(parseHeader(json().replace('"v":1', () => fields)).type).toBe('a"id":1,"id":');
  });

  it('may be deep in what is not read', () => {
    const deep = `"x":${'['.repeat(20_000)}${']'.repeat(20_000)},"v":1`;
    expect(parseHeader(json().replace('"v":1', () => deep)).v).toBe(1);
  });

  const refused: readonly [string, Record<string, unknown>, RegExp][] = [
    ['another version', { v: 2 }, /v is not 1/],
    ['a version in words', { v: '1' }, /v is not 1/],
    ['an unknown kind', { kind: 'order' }, /kind is not one of message, manifest/],
    ['an id in capitals', { id: ID.toUpperCase() }, /id is not a message id/],
    ['a UUID of version 4', { id: ID.replace('-7b1a', '-4b1a') }, /id is not a message id/],
    ['a sender with a capital', { from: 'Acme' }, /from is not a peer name/],
    ['no recipient', { to: [] }, /to is empty/],
    ['recipients in an object', { to: {} }, /to is not an array/],
    ['a recipient that is null', { to: [null] }, /to\[0\] is not an object/],
    ['a recipient that is a list', { to: [[]] }, /to\[0\] is not an object/],
    ['a recipient without a certificate', { to: [{ peer: 'bolt' }] }, /to\[0\]\.cert/],
    ['a short certificate hash', { to: [{ peer: 'bolt', cert: 'ab' }] }, /to\[0\]\.cert/],
    [
      'the same peer twice',
      {
        to: [
          { peer: 'bolt', cert: CERT },
          { peer: 'bolt', cert: OTHER_CERT },
        ],
      },
      /to names something twice/,
    ],
    [
      'the same certificate twice',
      {
        to: [
          { peer: 'bolt', cert: CERT },
          { peer: 'corp', cert: CERT },
        ],
      },
      /to names something twice/,
    ],
    [
      'a message before it that is none',
      { to: [{ peer: 'bolt', cert: CERT, after: ['x'] }] },
      /after\[0\] is not a message id/,
    ],
    [
      'the same message before it twice',
      { to: [{ peer: 'bolt', cert: CERT, after: [OTHER_ID, OTHER_ID] }] },
      /after names something twice/,
    ],
    [
      'no messages before it, written out',
      { to: [{ peer: 'bolt', cert: CERT, after: [] }] },
      /after is empty/,
    ],
    [
      'more messages before it than one may name',
      { to: [{ peer: 'bolt', cert: CERT, after: Array.from({ length: 33 }, (_, n) => idOf(n)) }] },
      /after has more than 32 ids/,
    ],
    [
      'a void message that is none',
      { to: [{ peer: 'bolt', cert: CERT, void: [7] }] },
      /void\[0\] is not a message id/,
    ],
    [
      'the same void message twice',
      { to: [{ peer: 'bolt', cert: CERT, void: [OTHER_ID, OTHER_ID] }] },
      /void names something twice/,
    ],
    [
      'no void messages, written out',
      { to: [{ peer: 'bolt', cert: CERT, void: [] }] },
      /void is empty/,
    ],
    [
      'void messages that are no list',
      { to: [{ peer: 'bolt', cert: CERT, void: OTHER_ID }] },
      /void is not an array/,
    ],
    [
      'more void messages than one may name',
      { to: [{ peer: 'bolt', cert: CERT, void: Array.from({ length: 33 }, (_, n) => idOf(n)) }] },
      /void has more than 32 ids/,
    ],
    ['a fraction of a byte', { size: 2.5 }, /size is not a whole number/],
    ['a negative size', { size: -1 }, /size is not a whole number/],
    ['a size beyond 2^53', { size: 2 ** 53 }, /size is not a whole number/],
    ['a size in words', { size: '3' }, /size is not a whole number/],
    ['no size', { size: undefined }, /size is not a whole number/],
    ['a time beyond all dates', { sent: 8_640_000_000_000_001 }, /beyond all dates/],
    ['a time before 1970', { sent: -1 }, /sent is not a whole number/],
    ['an expiry that is null', { expires: null }, /expires is not a whole number/],
    ['a name with a slash', { name: 'a/b' }, /name is a path/],
    ['a name with a backslash', { name: 'a\\b' }, /name is a path/],
    ['a name that is the directory', { name: '.' }, /name is a path/],
    ['a name that is the directory above', { name: '..' }, /name is a path/],
    ['an empty name', { name: '' }, /name is empty/],
    ['a name with a NUL', { name: 'a\0b' }, /unprintable/],
    ['a name with a line feed', { name: 'a\nb' }, /unprintable/],
    ['a name that reads backwards', { name: 'a\u202Efdp.exe' }, /unprintable/],
    ['a name of half a character', { name: 'a\uD800' }, /unprintable/],
    ['a name of 256 bytes', { name: `${'ü'.repeat(127)}xx` }, /longer than 255 bytes/],
    ['a type with an escape sequence', { type: '\u001b[2J' }, /type holds unprintable/],
    ['a long type', { type: 'x'.repeat(256) }, /type is longer than 255/],
    ['a correlation id that is a number', { cid: 7 }, /cid is not a text/],
    ['a reply to no message', { replyTo: 'x' }, /replyTo is not a message id/],
    ['no content type', { contentType: undefined }, /contentType is not a text/],
    ['a content type without a slash', { contentType: 'text' }, /contentType is not a media type/],
    ['an unknown encoding', { encoding: 'br' }, /encoding is not one of gzip/],
    ['an unknown receipt', { receipt: ['read'] }, /receipt\[0\] is not one of received/],
    [
      'the same receipt twice',
      { receipt: ['received', 'received'] },
      /receipt names something twice/,
    ],
    ['no receipt in a list of them', { receipt: [] }, /receipt is empty/],
    ['items in a message', { items: [{ id: OTHER_ID, size: 3 }] }, /a message has no items/],
    ['a batch of nothing', { kind: 'batch' }, /a batch without items/],
    ['a batch with an empty list', { kind: 'batch', items: [] }, /items is empty/],
    [
      'a batch that does not add up',
      { kind: 'batch', items: [{ id: OTHER_ID, size: 2 }] },
      /items of 2 bytes/,
    ],
    [
      'a batch with an item twice',
      {
        kind: 'batch',
        items: [
          { id: OTHER_ID, size: 1 },
          { id: OTHER_ID, size: 2 },
        ],
      },
      /items names something twice/,
    ],
    [
      'an item with a path',
      { kind: 'batch', items: [{ id: OTHER_ID, size: 3, name: '../x' }] },
      /name is a path/,
    ],
  ];

  it.each(refused)('is refused with %s', (_name, changes, message) => {
    expect(() => header(changes)).toThrow(message);
  });

  it.each(['', '[]', 'null', '1', '"x"', '{', `${json()}x`])('is refused when it is %j', (text) => {
    expect(() => parseHeader(text)).toThrow(/the signed header is refused/);
  });

  it('is refused when it is not UTF-8', () => {
    const bytes = Buffer.from(json({ type: 'ü' }), 'latin1');
    expect(() => decodeHeader(bytes)).toThrow(/not UTF-8/);
  });

  it('is refused at 64 KiB and a byte, and taken at 64 KiB', () => {
    const padding = (size: number) => ' '.repeat(size - json().length) + json();
    expect(parseHeader(padding(MAX_HEADER_SIZE)).id).toBe(ID);
    expect(() => parseHeader(padding(MAX_HEADER_SIZE + 1))).toThrow(/65537 bytes are too many/);
  });

  it('is refused in no other way, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => parseHeader(text)).toThrow(/the signed header is refused/);
      }),
    );
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order in which fields and recipients came', () => {
    const to = [
      { peer: 'corp', cert: OTHER_CERT },
      { cert: CERT, peer: 'bolt' },
    ];
    const one = header({ to, type: 't', cid: 'c', receipt: ['processed', 'received'] });
    const { v, ...rest } = JSON.parse(
      json({ cid: 'c', receipt: ['received', 'processed'], to: [...to].reverse(), type: 't' }),
    ) as Record<string, unknown>;
    expect(serialiseHeader(one)).toBe(serialiseHeader(parseHeader(JSON.stringify({ ...rest, v }))));
  });

  it('reads back as the same header', () => {
    const one = header({ name: 'räksmörgås "1".pdf', expires: 5, replyTo: OTHER_ID });
    expect(parseHeader(serialiseHeader(one))).toEqual(one);
  });

  it('reads back whatever it names before it and void, in order, and no more than fits', () => {
    const ids = fc.uniqueArray(fc.nat({ max: 255 }).map(idOf), { maxLength: 40 });
    fc.assert(
      fc.property(ids, ids, (after, voids) => {
        const named = { ...(after.length && { after }), ...(voids.length && { void: voids }) };
        const text = json({ to: [{ peer: 'bolt', cert: CERT, ...named }] });
        if (after.length > 32 || voids.length > 32) {
          expect(() => parseHeader(text)).toThrow(/has more than 32 ids/);
          return;
        }
        const [recipient] = parseHeader(serialiseHeader(parseHeader(text))).to;
        expect(recipient?.after ?? []).toEqual([...after].sort());
        expect(recipient?.void ?? []).toEqual([...voids].sort());
      }),
    );
  });

  it('writes known fields only, as the documentation shows them', () => {
    expect(serialiseHeader(header({ priority: 'high' }))).toBe(
      `{"v":1,"id":"${ID}","kind":"message","from":"acme","to":[{"peer":"bolt","cert":"${CERT}"}],` +
        '"sent":1770000000000,"contentType":"text/plain","size":3}',
    );
  });
});
