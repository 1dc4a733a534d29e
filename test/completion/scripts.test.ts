import { readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { completionScript, SCRIPT_FILES } from '../../src/completion/script.js';
import { allCommands, SHELLS, type Shell } from '../../src/completion/spec.js';
import { createProgram } from '../../src/program.js';
import { describeProgram } from '../../src/program/completion-spec.js';
import { createRuntime } from '../../src/runtime.js';

const program = describeProgram(createProgram(createRuntime(process)));

describe('the completion scripts', () => {
  it.each(SHELLS)('for %s are what the command tree asks for', (shell) => {
    const stored = readFileSync(SCRIPT_FILES[shell], 'utf8');
    expect(
      stored === completionScript(shell, program),
      `${SCRIPT_FILES[shell]} has drifted: run npm run completions:write`,
    ).toBe(true);
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
