import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { LISTED_STATES } from '../../src/domain/message-states.js';
import { createProgram } from '../../src/program.js';
import { HELP_COLUMNS } from '../../src/program/layout.js';
import { pathOf } from '../../src/program/usage.js';
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

/** The whole help, with what is added below, as a terminal of the usual size shows it. */
function helpOf(command: CommandUnknownOpts): string {
  let text = '';
  const write = (part: string): void => void (text += part);
  command.configureOutput({ writeOut: write, getOutHelpWidth: () => HELP_COLUMNS }).outputHelp();
  return text;
}

describe('an option that several commands have', () => {
  it.each([
    ['--yes', /^-y, --yes$/],
    ['--out', /^-o, --out <(?:dir|file)>$/],
  ])('is written in one way everywhere: %s', (name, flags) => {
    const all = commandsBelow(program).flatMap(({ options }) => options);
    // In lists --out is the direction.
    const found = all.filter(
      ({ long, required }) => long === name && (required || name === '--yes'),
    );
    expect(found.length).toBeGreaterThan(3);
    for (const one of found) expect(one.flags).toMatch(flags);
  });
});

describe('the help of a command', () => {
  const all = [program, ...commandsBelow(program)].filter((one) => one.name() !== 'complete');

  it.each(all.map((command) => [pathOf(command), command] as const))(
    'fits a terminal of 80 columns: %s',
    (_, command) => {
      const lines = helpOf(command).split('\n');
      expect(lines.filter((line) => line.length > HELP_COLUMNS)).toEqual([]);
    },
  );

  it('says where the options of every command are', () => {
    const silent = all.filter((command) => !helpOf(command).includes('"msg help settings"'));
    expect(silent.map(pathOf)).toEqual(['msg']);
  });

  it('names every state that messages can be listed by', () => {
    const list = commandsBelow(program).find((one) => pathOf(one) === 'msg message list');
    const about = list?.options.find(({ long }) => long === '--state')?.description ?? '';
    expect(about.split(/, | or /)).toEqual(LISTED_STATES);
  });
});
