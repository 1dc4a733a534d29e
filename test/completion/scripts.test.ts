import { readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { completionScript, SCRIPT_FILES } from '../../src/completion/script.js';
import { allCommands, SHELLS, type Shell } from '../../src/completion/spec.js';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createProgram } from '../../src/program.js';
import { describeProgram, SOURCES } from '../../src/program/completion-spec.js';
import { pathOf } from '../../src/program/usage.js';
import { createRuntime } from '../../src/runtime.js';

const tree = createProgram(createRuntime(process));
const program = describeProgram(tree);

describe('the completion scripts', () => {
  it.each(SHELLS)('for %s are what the command tree asks for', (shell) => {
    const stored = readFileSync(SCRIPT_FILES[shell], 'utf8');
    expect(
      stored === completionScript(shell, program),
      `${SCRIPT_FILES[shell]} has drifted: run npm run completions:write`,
    ).toBe(true);
  });

  it('take values from nowhere that no command or option asks for', () => {
    const asked = new Set(placeholdersBelow(tree));
    expect(Object.keys(SOURCES).filter((name) => !asked.has(name))).toEqual([]);
  });

  it('offer no hidden command', () => {
    const paths = allCommands(program).map(({ path }) => path);
    expect(paths).toContain('msg message list');
    expect(paths).not.toContain('msg complete');
  });

  it("know the settings' flags, so that no value of one is taken for an operand, but do not offer them", () => {
    const linesWith = (shell: Shell) =>
      completionScript(shell, program)
        .split('\n')
        .filter((line) => /\bchain-url\b/.test(line));
    expect(linesWith('bash')).toEqual([expect.stringMatching(/^_msg_hidden='/)]);
    expect(linesWith('zsh')).toEqual([expect.stringMatching(/^ +'!--chain-url=/)]);
    expect(linesWith('fish')).toEqual([expect.stringMatching(/^ +string split /)]);
  });
});

/** Every name that values could be looked for by, of all commands, options and operands. */
function placeholdersBelow(command: CommandUnknownOpts): string[] {
  const path = pathOf(command);
  const options = command.options.flatMap(({ flags, long }) => {
    const name = /[<[]([^\]>.]+)/.exec(flags)?.[1] ?? '';
    return [`${path} ${name}`, `${long ?? ''} ${name}`, name];
  });
  const operands = command.registeredArguments.flatMap((one) => [
    `${path} ${one.name()}`,
    one.name(),
  ]);
  return [...options, ...operands, ...command.commands.flatMap(placeholdersBelow)];
}
