import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import type { ProgramSpec, Shell } from './spec.js';
import { zshScript } from './zsh.js';

/** Where the package keeps each shell's script. */
export const SCRIPT_FILES: Readonly<Record<Shell, string>> = {
  bash: 'completions/msg.bash',
  zsh: 'completions/_msg',
  fish: 'completions/msg.fish',
};

const SCRIPTS: Readonly<Record<Shell, (program: ProgramSpec) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The completion script of a shell. */
export function completionScript(shell: Shell, program: ProgramSpec): string {
  return SCRIPTS[shell](program);
}
