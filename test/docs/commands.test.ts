import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/program.js';
import { createRuntime } from '../../src/runtime.js';

const DOCUMENTS = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...['docs', 'docs/adr'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];
const program = createProgram(createRuntime(process));

/** Code in a document: spans without their line breaks, and lines of blocks with those they go on in. */
function codeIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^ *```\w*\n([^]*?)^ *```/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.replace(/\\\n/g, ' ').split('\n'));
  const spans = text.replace(/^ *```[^]*?^ *```/gm, '').matchAll(/`([^`]+)`/g);
  return [...lines, ...[...spans].map(([, span = '']) => span.replace(/\s+/g, ' '))];
}

/** The command lines of msg in a piece of code, without what shells do with them. */
function callsIn(code: string): readonly string[] {
  const bare = code.replace(/'[^']*'|"[^"]*"/g, 'QUOTED').replace(/(?:^|\s)#.*$/, '');
  return bare
    .split(/\||;|&&|<\(|\)/)
    .map((part) => /(?:^|\s)msg (.*)$/.exec(part)?.[1] ?? '')
    .filter((call) => /^(?:-\S+ |\S+ )*[a-z]/.test(call));
}

/** What the program does not know of a command line: a command, or an option of it. */
function unknownIn(call: string): readonly string[] {
  let command: CommandUnknownOpts = program;
  const unknown: string[] = [];
  for (const word of call.trim().split(/\s+/)) {
    const flag = /^(--?[a-z][a-z-]*)/.exec(word)?.[1];
    if (flag !== undefined) {
      const options = [...command.options, ...program.options];
      const known = options.some(({ long, short }) => long === flag || short === flag);
      if (!known && flag !== '--help') unknown.push(flag);
      continue;
    }
    const next = command.commands.find((one) => one.name() === word);
    if (next !== undefined) command = next;
    else if (command.commands.length > 0 && /^[a-z-]+$/.test(word) && command !== program)
      unknown.push(word);
  }
  return unknown;
}

describe('a document', () => {
  it.each(DOCUMENTS)('names only commands and options that there are: %s', (path) => {
    const calls = codeIn(readFileSync(path, 'utf8')).flatMap(callsIn);
    const wrong = calls.flatMap((call) => unknownIn(call).map((word) => `${word} in msg ${call}`));
    expect(wrong).toEqual([]);
  });

  it('is searched for commands', () => {
    const calls = DOCUMENTS.flatMap((path) => codeIn(readFileSync(path, 'utf8')).flatMap(callsIn));
    expect(calls.length).toBeGreaterThan(150);
    expect(callsIn('tar c x | msg -p a send b --nmae y # c').flatMap(unknownIn)).toEqual([
      '--nmae',
    ]);
    expect(callsIn('msg profile shwo').flatMap(unknownIn)).toEqual(['shwo']);
  });

  it.each(DOCUMENTS)('links only to what there is: %s', (path) => {
    const text = readFileSync(path, 'utf8').replace(/^ *```[^]*?^ *```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter(
      (target) => !/^https?:|^mailto:/.test(target) && !leads(target, path),
    );
    expect(broken).toEqual([]);
    expect(leads('nowhere.md', path) || leads('#nowhere', path)).toBe(false);
  });
});

function leads(target: string, from: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : resolve(dirname(from), file);
  if (!existsSync(path)) return false;
  return anchor === undefined || anchorsOf(readFileSync(path, 'utf8')).includes(anchor);
}

/** The anchors of headings as GitHub makes them. */
function anchorsOf(text: string): readonly string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}
