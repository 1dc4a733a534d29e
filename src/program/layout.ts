import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** How wide help is written where it is not wrapped by commander: a terminal of the usual size. */
export const HELP_COLUMNS = 80;

/** Lists commands as they are typed, and says below every command's help where the rest of it is. */
export function layOutHelp(program: CommandUnknownOpts): void {
  program.addHelpText('afterAll', ({ command }) => (command.parent === null ? '' : ELSEWHERE));
}

const ELSEWHERE = `
Options of every command: "msg --help"; settings as flags: "msg help settings".`;

/** A command in the list of another's help: its name and operands; that it takes options goes without saying. */
export function termOf(command: CommandUnknownOpts): string {
  const operands = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...operands].join(' ');
}
