import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { SettingFlags } from '../config/resolve.js';
import { flagOf, SETTING_KEYS, settingOf } from '../config/settings.js';
import type { ColourMode } from '../terminal/colour.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly profile: string | undefined;
  readonly quiet: boolean;
  readonly verbose: number;
  readonly colour: ColourMode;
  /** `--no-input`. */
  readonly noInput: boolean;
  /** `--format json`, or `--json` where that is its short form. */
  readonly json: boolean;
  /** Settings given as flags (`--chain-url URL`): they beat environment and profile. */
  readonly settings: SettingFlags;
}

/** Gives the program the options that every command takes; a setting's flag stays out of the help. */
export function addGlobalOptions(program: CommandUnknownOpts): void {
  program
    .option('-p, --profile <name>', 'the profile to use (MSG_PROFILE)')
    .addOption(new Option('--format <format>', 'what stdout carries').choices(['text', 'json']))
    .option('-q, --quiet', 'print errors only')
    .option(
      '-v, --verbose',
      'print more; -vv adds stack traces',
      (_, count: number) => count + 1,
      0,
    )
    .addOption(new Option('--color <when>', 'colour').choices(['auto', 'always', 'never']))
    .option('--no-input', 'never ask a question');
  for (const { option } of settingOptions) program.addOption(option);
}

const settingOptions = SETTING_KEYS.map((key) => ({
  key,
  option: new Option(`${flagOf(key)} <value>`, settingOf(key).about).hideHelp(),
}));

/** Takes the global options out of what was parsed for a command and for the program. */
export function parseGlobals(command: CommandUnknownOpts): GlobalOptions {
  const own: Readonly<Record<string, unknown>> = command.opts();
  const {
    profile,
    quiet,
    verbose,
    color,
    input,
    format,
    ...rest
  }: Readonly<Record<string, unknown>> = rootOf(command).opts();
  const settings = settingOptions.map(({ key, option }) => [key, rest[option.attributeName()]]);
  return {
    profile: typeof profile === 'string' ? profile : undefined,
    quiet: quiet === true,
    verbose: typeof verbose === 'number' ? verbose : 0,
    colour: color === 'always' || color === 'never' ? color : 'auto',
    noInput: input === false,
    json: format === 'json' || own['json'] === true,
    settings: Object.fromEntries(
      settings.filter(([, value]) => typeof value === 'string'),
    ) as SettingFlags,
  };
}

function rootOf(command: CommandUnknownOpts): CommandUnknownOpts {
  return command.parent === null ? command : rootOf(command.parent);
}
