import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../src/envelope/header.js';
import { fileNameFor, numberedName } from '../../src/messaging/file-name.js';
import { headerOf } from '../support/messages.js';

function nameFor(name: string | undefined, contentType = 'application/pdf'): string {
  const header: Header = headerOf({ contentType });
  return fileNameFor(name === undefined ? header : { ...header, name });
}

describe('the file name of a message', () => {
  it('is the one that the sender gave when it is harmless', () => {
    expect(nameFor('Bericht März 2026.pdf')).toBe('Bericht März 2026.pdf');
  });

  it('is made from the id and the content type when the sender gave none', () => {
    expect(nameFor(undefined)).toBe(`${headerOf({}).id}.pdf`);
    expect(nameFor('..', 'application/x-unknown')).toBe(`${headerOf({}).id}.bin`);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\autoexec.bat', 'autoexec.bat'],
    ['/etc/cron.d/job', 'job'],
    ['.bashrc', 'bashrc'],
    ['a\u0000b\u001b[31m.txt', 'ab[31m.txt'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['con.txt', '_con.txt'],
    ['report. . .', 'report'],
    ['-rf', '_-rf'],
  ])('makes %j harmless', (given, safe) => {
    expect(nameFor(given)).toBe(safe);
  });

  it('never leaves the directory, is never hidden, no option and never too long, whatever the sender wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = nameFor(given);
        expect(name).not.toMatch(/[/\\\p{Cc}]|^[.-]/u);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(201);
        expect(name).not.toBe('');
      }),
    );
  });

  it('keeps the extension when it has to be cut', () => {
    expect(nameFor(`${'ä'.repeat(300)}.tar.gz`)).toMatch(/^ä+\.gz$|^ä+\.tar\.gz$/);
  });

  it('is numbered before its extension when it is taken', () => {
    expect([1, 2, 3].map((count) => numberedName('report.pdf', count))).toEqual([
      'report.pdf',
      'report-2.pdf',
      'report-3.pdf',
    ]);
    expect(numberedName('README', 2)).toBe('README-2');
  });
});
