import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type {
  CommandSpec,
  DynamicKind,
  OperandSpec,
  OptionSpec,
  ProgramSpec,
  ValueSource,
} from '../completion/spec.js';
import { SETTING_KEYS } from '../config/settings.js';
import { LISTED_STATES } from '../domain/message-states.js';
import { QUARANTINE_REASONS } from '../topics/quarantine-reasons.js';
import { FINAL_REASONS } from '../x509/crl.js';
import { TOPICS } from './help.js';
import { pathOf } from './usage.js';

const FILES: ValueSource = { kind: 'files' };

function dynamic(what: DynamicKind): readonly ValueSource[] {
  return [{ kind: 'dynamic', what }];
}

/**
 * Where values come from, by the placeholder in a usage line: `<peer>`, `[file]`. A placeholder that
 * stands for several things is qualified by its command or option; one that is not listed gets no
 * completion.
 */
export const SOURCES: Readonly<Record<string, readonly ValueSource[]>> = {
  ...{ peer: dynamic('peers') },
  ...{ 'msg peer show name': dynamic('peers'), 'msg peer verify name': dynamic('peers') },
  ...{ 'msg registry suspend name': dynamic('peers') },
  ...{ 'msg registry lift name': dynamic('peers') },
  ...{ 'msg registry remove name': dynamic('peers') },
  ...{ profile: dynamic('profiles'), '--profile name': dynamic('profiles') },
  ...{ id: dynamic('messages'), type: dynamic('types') },
  label: dynamic('keys'),
  ...{ 'msg quarantine show number': dynamic('refused') },
  ...{ 'msg quarantine retry number': dynamic('refused') },
  ...{ 'msg quarantine drop number': dynamic('refused') },
  ...{ 'msg quarantine export number': dynamic('refused') },
  'msg revoke reason': [{ kind: 'words', words: FINAL_REASONS }],
  '--reason reason': [{ kind: 'words', words: Object.keys(QUARANTINE_REASONS) }],
  ...{ file: [FILES], dir: [{ kind: 'directories' }] },
  setting: [{ kind: 'words', words: SETTING_KEYS }],
  'msg profile set value': dynamic('setting-values'),
  '--says word': [{ kind: 'words', words: ['received', 'processed', 'rejected'] }],
  role: [{ kind: 'words', words: ['registrar', 'revoker'] }],
  'msg registry renounce-role role': [{ kind: 'words', words: ['registrar', 'revoker', 'admin'] }],
  'msg registry open-registration state': [{ kind: 'words', words: ['on', 'off'] }],
  '--state state': [{ kind: 'words', words: LISTED_STATES }],
};

/** What the shells need to know of the command tree. */
export function describeProgram(program: CommandUnknownOpts): ProgramSpec {
  return { ...describeCommand(program), options: [], globals: optionsOf(program) };
}

function describeCommand(command: CommandUnknownOpts): CommandSpec {
  const path = pathOf(command);
  const children = command.createHelp().visibleCommands(command);
  return {
    ...{ name: command.name(), path, about: command.summary() || command.description() },
    options: optionsOf(command),
    operands: operandsOf(command, path),
    repeats: command.registeredArguments.at(-1)?.variadic === true,
    commands: children.map(describeCommand),
  };
}

/** The help option, which every command has, is counted among the program's own. */
function optionsOf(command: CommandUnknownOpts): readonly OptionSpec[] {
  const shown = command.parent === null ? command.createHelp().visibleOptions(command) : [];
  const help = shown.filter((one) => !command.options.includes(one));
  return [...command.options, ...help].map((option) => ({
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    about: option.description,
    values: option.required || option.optional ? valuesOf(option, pathOf(command)) : undefined,
    hidden: option.hidden,
  }));
}

function valuesOf(option: Option, path: string): readonly ValueSource[] {
  if (option.argChoices !== undefined) return [{ kind: 'words', words: option.argChoices }];
  const name = /[<[]([^\]>.]+)/.exec(option.flags)?.[1] ?? '';
  return sourcesFor([`${path} ${name}`, `${option.long ?? ''} ${name}`, name]);
}

function operandsOf(command: CommandUnknownOpts, path: string): readonly OperandSpec[] {
  const own = command.registeredArguments.map((argument) => describeOperand(argument, path));
  if (path === 'msg send') return [...own, { name: 'peer or file', values: mixed() }];
  if (path === 'msg help') return [{ name: 'topic', values: topics(command) }];
  return own;
}

function describeOperand(argument: Argument, path: string): OperandSpec {
  const name = argument.name();
  if (argument.argChoices === undefined) {
    return { name, values: sourcesFor([`${path} ${name}`, name]) };
  }
  return { name, values: [{ kind: 'words', words: argument.argChoices }] };
}

/** After the first peer of `msg send` there may be another one, or the file. */
function mixed(): readonly ValueSource[] {
  return [...dynamic('peers'), FILES];
}

function topics(help: CommandUnknownOpts): readonly ValueSource[] {
  const siblings = help.parent === null ? [] : help.createHelp().visibleCommands(help.parent);
  const names = siblings.map((command) => command.name()).filter((name) => name !== help.name());
  return [{ kind: 'words', words: [...names, ...Object.keys(TOPICS)] }];
}

function sourcesFor(names: readonly string[]): readonly ValueSource[] {
  return names.map((name) => SOURCES[name]).find((sources) => sources !== undefined) ?? [];
}
