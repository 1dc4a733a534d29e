import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/program.js';
import { commandNamedBy } from '../../src/program/globals.js';
import { createRuntime } from '../../src/runtime.js';

describe('the command that a command line names', () => {
  it.each([
    ['send bob file', 'send'],
    ['-p alice send bob file', 'send'],
    ['-palice listen', 'listen'],
    ['--profile=alice -q -vv listen', 'listen'],
    ['--no-input --chain-url http://127.0.0.1:8545 send bob', 'send'],
    ['-p send message list', 'message'],
    ['help send', 'help'],
    ['--version', undefined],
    ['-p', undefined],
    ['', undefined],
  ])('in "%s" is %s', (line, command) => {
    expect(commandNamedBy(line.split(' ').filter((word) => word !== ''))).toBe(command);
  });

  it('is all that is built for sending, with the settings that the line may set', () => {
    const words = ['--chain-url', 'http://127.0.0.1:1', 'send', 'bob', '--book-max-age=1h'];
    const program = createProgram(createRuntime(process), words);
    expect(program.commands.map((command) => command.name())).toEqual(['send']);
    const settings = program.options.map(({ long }) => long).filter((flag) => flag !== undefined);
    expect(settings).toEqual(expect.arrayContaining(['--chain-url', '--book-max-age']));
    expect(settings).not.toContain('--transport');
  });
});
