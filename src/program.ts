import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { addGlobalOptions } from './program/globals.js';
import { addLedgerCommands } from './program/ledger.js';
import { addMessagingCommands } from './program/messaging.js';
import { addSandboxCommands } from './program/sandbox.js';
import type { Runtime } from './runtime.js';

/** The whole command tree: names, options, help. Every action loads its command when it is run. */
export function createProgram(runtime: Runtime): CommandUnknownOpts {
  const program: CommandUnknownOpts = new Command('msg')
    .description('Send files and JSON, sealed end to end, to the companies of your consortium.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addGlobalOptions(program);
  addMessagingCommands(program, runtime);
  addLedgerCommands(program, runtime);
  addSandboxCommands(program, runtime);
  program.commands.forEach(inherit);
  return program;
}

/** Errors of every command come back to `main`, which prints them in one form. */
function inherit(command: CommandUnknownOpts): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.commands.forEach(inherit);
}
