import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tsvField, visible } from '../../src/terminal/visible.js';
import { truncate, widthOf } from '../../src/terminal/width.js';

describe('text from outside', () => {
  it.each([
    ['\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
    ['\u009b31m', '\\x9b31m'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u0007\u0000\u007f', '\\x07\\x00\\x7f'],
    ['invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
    ['a\u2066b\u200bc\ufeffd', 'a\\u{2066}b\\u{200b}c\\u{feff}d'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\u{d800}'],
  ])('cannot drive the terminal: %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each(['Größe €5', '日本語', 'señor', '🚀', 'שלום'])('is shown as it is: %s', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('never becomes more than one line, nor keeps a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
  });

  it('can be had back from a field of tab-separated text', () => {
    const undo = (field: string): string =>
      field.replace(/\\(?:\\|n|r|t|x([0-9a-f]{2})|u\{([0-9a-f]+)\})/g, (escape, hex, code) => {
        const named = { '\\\\': '\\', '\\n': '\n', '\\r': '\r', '\\t': '\t' }[escape];
        return named ?? String.fromCodePoint(parseInt(String(hex ?? code), 16));
      });
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.string({ unit: 'binary', maxLength: 1 }),
            fc.constantFrom('\\', '\t', 'n'),
          ),
        }),
        (text) => {
          expect(undo(tsvField(text))).toBe(text);
        },
      ),
    );
  });
});

describe('the width of text', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['👩‍👩‍👧', 2],
    ['ｱ', 1],
    ['Ａ', 2],
    ['', 0],
  ])('of %s is %d', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 4, 'abc…'],
    ['日本語', 4, '日…'],
    ['日本語', 5, '日本…'],
    ['abc', 0, ''],
  ])('%s in %d columns is %s', (text, columns, shown) => {
    expect(truncate(text, columns)).toBe(shown);
  });

  it('of what was cut is never more than the columns there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 30 }), (text, columns) => {
        expect(widthOf(truncate(visible(text), columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
