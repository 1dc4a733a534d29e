import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { addMessagingCommands } from './program/messaging.js';
import type { Runtime } from './runtime.js';

/** The whole command tree: names, options, help. Every action loads its command when it is run. */
export function createProgram(runtime: Runtime): CommandUnknownOpts {
  const program: CommandUnknownOpts = new Command('msg')
    .description('Send files and JSON, sealed end to end, to the companies of your consortium.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .option('-p, --profile <name>', 'the profile to use (MSG_PROFILE)')
    .option('-s, --set <key=value>', 'a setting for this run; repeatable', collect, [] as readonly string[])
    .addOption(new Option('--format <format>', 'what stdout carries').choices(['text', 'json']))
    .option('-q, --quiet', 'print errors only')
    .option('-v, --verbose', 'print more; -vv adds stack traces', (_, count: number) => count + 1, 0)
    .addOption(new Option('--color <when>', 'colour').choices(['auto', 'always', 'never']))
    .option('--no-input', 'never ask a question')
    .helpCommand('help [command]', 'explain a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addMessagingCommands(program, runtime);
  program.commands.forEach(inherit);
  return program;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** Errors of every command come back to `main`, which prints them in one form. */
function inherit(command: CommandUnknownOpts): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.commands.forEach(inherit);
}
