import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { SETTING_KEYS, flagOf } from '../config/settings.js';
import { nearest } from '../domain/nearest.js';
import { MsgError } from '../errors.js';
import { parseGlobals, type GlobalOptions } from './globals.js';

/** A command line that commander could not make sense of, with the options it did understand. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
  readonly failure: MsgError;
  readonly globals: GlobalOptions;

  constructor(failure: MsgError, globals: GlobalOptions) {
    super(failure.message);
    this.failure = failure;
    this.globals = globals;
  }
}

/**
 * Brings a command's every way out back to `main`: what is wrong with its command line as a
 * {@link Misuse}, help and version as commander's own end with exit code 0. commander prints neither
 * errors nor, for want of a command, help on stderr.
 */
export function returnToMain(command: CommandUnknownOpts): void {
  command
    .exitOverride((end) => {
      throw end.exitCode === 0 ? end : leave(end, command);
    })
    .configureOutput({ outputError: () => undefined, writeErr: () => undefined });
}

function leave(end: CommanderError, command: CommandUnknownOpts): Error {
  if (end.code === 'commander.help' && command.parent === null) {
    command.outputHelp();
    return new CommanderError(0, 'commander.helpDisplayed', end.message);
  }
  return new Misuse(misuseOf(end, command), parseGlobals(command));
}

function misuseOf(end: CommanderError, command: CommandUnknownOpts): MsgError {
  if (end.code === 'commander.help') {
    const names = command
      .createHelp()
      .visibleCommands(command)
      .map((one) => one.name());
    return new MsgError('usage', `${pathOf(command)} needs a command`, {
      hint: `one of ${names.join(', ')}`,
    });
  }
  const { message, remark } = inHouseWords(end.message);
  const help = `see "${pathOf(command)} --help"`;
  // How many operands were expected is no advice by itself.
  const advice = remark?.startsWith('expected ') === true ? `${remark}: ${help}` : remark;
  const hint = suggestedFlag(message) ?? takenOperand(message, command) ?? advice ?? help;
  return new MsgError('usage', message, { hint });
}

/**
 * commander's complaint as msg would say it: `error: too many arguments for 'list'. Expected 0
 * arguments but got 1.` and a line with `(Did you mean …?)` become a message and a remark.
 */
function inHouseWords(complaint: string): { message: string; remark: string | undefined } {
  const [first = '', ...rest] = complaint
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const suggestion = /^\(Did you mean (.+)\?\)$/.exec(rest.join(' ').trim())?.[1];
  const [message = '', remark] = first.split(/\.(?: |$)/);
  return {
    message: lowerFirst(message),
    remark:
      suggestion === undefined
        ? lowerFirst(remark ?? '') || undefined
        : `did you mean ${suggestion}`,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** commander suggests only flags that the help shows; those of the settings it keeps to itself. */
function suggestedFlag(message: string): string | undefined {
  const flag = /^unknown option '(--[^'=]+)/.exec(message)?.[1];
  const match = flag === undefined ? undefined : nearest(flag, SETTING_KEYS.map(flagOf));
  return match === undefined ? undefined : `did you mean ${match}`;
}

/** An option for several values takes the operand behind it for one more of them. */
function takenOperand(message: string, command: CommandUnknownOpts): string | undefined {
  const operand = /^missing required argument '(.+)'/.exec(message)?.[1];
  if (operand === undefined) return undefined;
  const given = command.options.find(
    (option) => option.variadic && command.getOptionValue(option.attributeName()) !== undefined,
  );
  const flag = given?.long;
  return flag && `${flag} takes every word behind it: write the ${operand} before ${flag}`;
}

/** A command's name with those it belongs to: `msg message list`. */
export function pathOf(command: CommandUnknownOpts): string {
  const own = command.name();
  return command.parent === null ? own : `${pathOf(command.parent)} ${own}`;
}
