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

/**
 * Gives the program the options that every command takes; a setting's flag stays out of the help.
 *
 * @param words the command line, where only those settings' flags are wanted that it may name.
 */
export function addGlobalOptions(program: CommandUnknownOpts, words?: readonly string[]): void {
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
  for (const key of SETTING_KEYS) {
    const flag = flagOf(key);
    if (words?.some((word) => word.startsWith(flag)) === false) continue;
    program.addOption(new Option(`${flag} <value>`, settingOf(key).about).hideHelp());
  }
}

/** The global flags that stand alone; every other one is followed by its value. */
const ALONE = /^(?:-[qvhV]+|--quiet|--verbose|--no-input|--help|--version|-.+=.*|-p.+)$/;

/** The command that a command line names: its first word that is neither a flag nor a flag's value. */
export function commandNamedBy(words: readonly string[]): string | undefined {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) return word;
    if (!ALONE.test(word)) i++;
  }
  return undefined;
}

/** Takes the global options out of what was parsed for a command and for the program. */
export function parseGlobals(command: CommandUnknownOpts): GlobalOptions {
  const own: Readonly<Record<string, unknown>> = command.opts();
  const root = rootOf(command);
  const given: Readonly<Record<string, unknown>> = root.opts();
  const { profile, quiet, verbose, color, input, format } = given;
  return {
    profile: typeof profile === 'string' ? profile : undefined,
    quiet: quiet === true,
    verbose: typeof verbose === 'number' ? verbose : 0,
    colour: color === 'always' || color === 'never' ? color : 'auto',
    noInput: input === false,
    json: format === 'json' || own['json'] === true,
    settings: settingsIn(root, given),
  };
}

function settingsIn(
  { options }: CommandUnknownOpts,
  given: Readonly<Record<string, unknown>>,
): SettingFlags {
  const keys = new Map(SETTING_KEYS.map((key) => [flagOf(key), key]));
  const settings = options.flatMap((option) => {
    const key = keys.get(option.long ?? '');
    const value = given[option.attributeName()];
    return key !== undefined && typeof value === 'string' ? [[key, value] as const] : [];
  });
  return Object.fromEntries(settings);
}

function rootOf(command: CommandUnknownOpts): CommandUnknownOpts {
  return command.parent === null ? command : rootOf(command.parent);
}
