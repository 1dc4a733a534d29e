import { describe, expect, it } from 'vitest';
import { outline, outlines } from '../../src/commands/outline.js';

describe('nested values for people', () => {
  it('are indented lines, and a list of plain values is one of them', () => {
    expect(outline({ a: 1, b: { c: 'x', d: ['y', 2, true] } })).toBe(
      ['a: 1', 'b:', '  c: x', '  d: y, 2, true'].join('\n'),
    );
  });

  it('have a dash before each member of a list, and what belongs to it below', () => {
    const deliveries = [
      { peer: 'bob', state: 'sent', at: { partition: 0, offset: 7 } },
      { peer: 'carol', attempts: [{ error: 'timeout' }, { error: 'refused' }] },
    ];
    expect(outline({ id: 'm', deliveries })).toBe(
      [
        'id: m',
        'deliveries:',
        '  - peer: bob',
        '    state: sent',
        '    at:',
        '      partition: 0',
        '      offset: 7',
        '  - peer: carol',
        '    attempts:',
        '      - error: timeout',
        '      - error: refused',
      ].join('\n'),
    );
  });

  it('have lists in lists, and plain members beside others', () => {
    expect(outline({ rows: [['a', 'b'], 'c', null, { d: 1 }] })).toBe(
      ['rows:', '  - - a', '    - b', '  - c', '  - null', '  - d: 1'].join('\n'),
    );
  });

  it('are left out where there is nothing to show', () => {
    expect(outline({ a: undefined, b: [], c: {}, d: 0, e: false, f: '' })).toBe(
      ['d: 0', 'e: false', 'f: '].join('\n'),
    );
  });

  it('show control characters instead of obeying them, wherever they are', () => {
    const text = outline({ a: '\u001b[2J', b: ['\r'], c: [{ d: '\n' }, '\u001b'] });
    expect(text.split('\n')).toHaveLength(5);
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\r');
  });

  it('have a line between several of them, where people read them', () => {
    const two = [{ a: 1 }, { b: [{ c: 2 }] }];
    expect(outlines(two, { json: false })).toBe('a: 1\n\nb:\n  - c: 2\n');
    expect(outlines(two, { json: true })).toBe('{"a":1}\n{"b":[{"c":2}]}\n');
    expect(outlines([], { json: false })).toBe('');
  });
});
