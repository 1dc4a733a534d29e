import { describe, expect, it } from 'vitest';
import { renderTable } from '../../src/terminal/table.js';

const TABLE = {
  columns: [{ title: 'peer' }, { title: 'lag', align: 'right' }, { title: 'note' }],
  rows: [
    ['acme', '5', 'a note that is rather long for a narrow terminal'],
    ['globex.finance', '1200', 'x'],
  ],
} as const;

describe('a table on a terminal', () => {
  it('is aligned under a heading', () => {
    expect(renderTable(TABLE, { isTTY: true, columns: 120 })).toBe(
      [
        'PEER             LAG  NOTE',
        'acme               5  a note that is rather long for a narrow terminal',
        'globex.finance  1200  x',
        '',
      ].join('\n'),
    );
  });

  it('is cut to its width, the widest column first', () => {
    expect(renderTable(TABLE, { isTTY: true, columns: 40 })).toBe(
      [
        'PEER             LAG  NOTE',
        'acme               5  a note that is ra…',
        'globex.finance  1200  x',
        '',
      ].join('\n'),
    );
  });

  it('never cuts what has to stay whole', () => {
    const id = '0192d3a1-7c4e-7b1a-8f00-1234567890ab';
    const table = {
      columns: [{ title: 'id', whole: true }, { title: 'note' }],
      rows: [[id, 'x'.repeat(50)]],
    };
    const [, row = ''] = renderTable(table, { isTTY: true, columns: 30 }).split('\n');
    expect(row).toBe(`${id}  xxxxx…`);
  });

  it('counts wide characters twice', () => {
    const table = {
      columns: [{ title: 'a' }, { title: 'b' }],
      rows: [
        ['日本', 'x'],
        ['abcd', 'y'],
      ],
    };
    expect(renderTable(table, { isTTY: true, columns: 80 })).toBe('A     B\n日本  x\nabcd  y\n');
  });

  it('cannot be driven by its cells', () => {
    const table = { columns: [{ title: 'name' }], rows: [['\u001b[2J\nforged']] };
    expect(renderTable(table, { isTTY: true, columns: 80 })).toBe('NAME\n\\x1b[2J\\nforged\n');
  });

  it('says nothing about no rows', () => {
    expect(renderTable({ ...TABLE, rows: [] }, { isTTY: true, columns: 80 })).toBe('');
  });
});

describe('a table in a pipe', () => {
  it('is whole, tab-separated and without a heading', () => {
    expect(renderTable(TABLE, { isTTY: false, columns: 10 })).toBe(
      'acme\t5\ta note that is rather long for a narrow terminal\nglobex.finance\t1200\tx\n',
    );
  });

  it('keeps a row on a line and a cell in its field', () => {
    const table = { columns: [{ title: 'a' }, { title: 'b' }], rows: [['x\ty\nz', 'back\\slash']] };
    expect(renderTable(table, { isTTY: false, columns: 80 })).toBe('x\\ty\\nz\tback\\\\slash\n');
  });
});
