import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/config/json-text.js';

describe('malformed JSON', () => {
  it.each([
    ['', 1, 1, 'a value'],
    ['{\n  "a": 1,\n}', 3, 1, 'a name in double quotes'],
    ['{"a" 1}', 1, 6, '":"'],
    ['{"a": 1\n "b": 2}', 2, 2, '"," or "}"'],
    ['[1 2]', 1, 4, '"," or "]"'],
    ['{"a": tru}', 1, 7, 'a value'],
    ['{"a": "x\ny"}', 1, 7, 'a complete string'],
    ['{"a": 01}', 1, 7, 'a value'],
    ['{} x', 1, 4, 'the end of the file'],
    ['\ufeff{}', 1, 1, 'a value'],
  ])('%j goes wrong at line %d, column %d', (text, line, column, expected) => {
    expect(parseJson(text)).toEqual({ ok: false, position: { line, column }, expected });
  });

  it('is found wherever a text was damaged', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', ',', ':', 'x'))
      .map(([text, at, inserted]) => {
        const offset = at % (text.length + 1);
        return text.slice(0, offset) + inserted + text.slice(offset + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const outcome = parseJson(text);
        expect(outcome.ok || outcome.expected !== 'valid JSON').toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that is none is parsed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, undefined, 2);
        const parsed: unknown = JSON.parse(text);
        expect(parseJson(text)).toEqual({ ok: true, value: parsed });
      }),
    );
  });
});
