import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { DYNAMIC_KINDS, SHELLS, type DynamicKind } from '../completion/spec.js';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg completion`, and the hidden `msg complete` that the scripts call. */
export function addCompletionCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
  bash   source <(msg completion bash)            in ~/.bashrc
  zsh    source <(msg completion zsh)             in ~/.zshrc, after compinit
  fish   msg completion fish > ~/.config/fish/completions/msg.fish`,
    )
    .action(async (shell, _options, command) => {
      const { describeProgram } = await import('./completion-spec.js');
      const load = async () => (await import('../commands/completion.js')).run;
      await invoke(runtime, command, load, { shell, program: describeProgram(program) });
    });
  program
    .command('complete', { hidden: true })
    .argument('[kind]')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (kind, words, _options, command) => {
      if (!isDynamicKind(kind)) return;
      const load = async () => (await import('../commands/complete.js')).run;
      await invoke(runtime, command, load, { kind, words });
    });
}

function isDynamicKind(text: string | undefined): text is DynamicKind {
  return DYNAMIC_KINDS.some((kind) => kind === text);
}
