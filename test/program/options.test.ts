import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/program.js';
import { createRuntime } from '../../src/runtime.js';

const program = createProgram(createRuntime(process));

function commandsBelow(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return command.commands.flatMap((one) => [one, ...commandsBelow(one)]);
}

describe('the options of a command', () => {
  it('have no name of a global option, which would take their values away', () => {
    const global = new Set(program.options.flatMap(({ long, short }) => [long, short]));
    const taken = commandsBelow(program).flatMap((command) =>
      command.options
        .filter(({ long, short }) => global.has(long) || (short !== undefined && global.has(short)))
        .map(({ flags }) => `${command.name()} ${flags}`),
    );
    expect(taken).toEqual([]);
  });
});
