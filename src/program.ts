import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import packageJson from '../package.json' with { type: 'json' };
import { addAccountCommands } from './program/account.js';
import { addCertificateCommands } from './program/certificates.js';
import { addDirectoryCommands } from './program/directory.js';
import { addCompletionCommands } from './program/completion.js';
import { addGlobalOptions, commandNamedBy } from './program/globals.js';
import { addHelpCommand, groupCommands } from './program/help.js';
import { addIdentityCommands } from './program/identity.js';
import { addLedgerCommands } from './program/ledger.js';
import { layOutHelp, termOf } from './program/layout.js';
import { addListen } from './program/listen.js';
import { addMessagingCommands, addSend } from './program/messaging.js';
import { addProfileCommands } from './program/profiles.js';
import { addReceiptCommands } from './program/receipts.js';
import { addSandboxCommands } from './program/sandbox.js';
import { returnToMain } from './program/usage.js';
import type { Runtime } from './runtime.js';

/**
 * The command tree: names, options, help. Every action loads its command when it is run.
 *
 * @param words the command line, for which less than the whole tree may do; the whole where absent.
 */
export function createProgram(runtime: Runtime, words: readonly string[] = []): CommandUnknownOpts {
  const program: CommandUnknownOpts = new Command('msg')
    .description('Send files and JSON, sealed end to end, to the companies of your consortium.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .showSuggestionAfterError(true);
  // Scripts send and listen thousands of times: such a call does not wait for the rest of the tree.
  const addAlone = ALONE.get(commandNamedBy(words) ?? '');
  addGlobalOptions(program, addAlone === undefined ? undefined : words);
  layOutHelp(program);
  if (addAlone === undefined) addAllCommands(program, runtime);
  else addAlone(program, runtime);
  settle(program);
  return program;
}

const ALONE = new Map([
  ['send', addSend],
  ['listen', addListen],
]);

function addAllCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  addMessagingCommands(program, runtime);
  addLedgerCommands(program, runtime);
  addReceiptCommands(program, runtime);
  addIdentityCommands(program, runtime);
  addCertificateCommands(program, runtime);
  addDirectoryCommands(program, runtime);
  addAccountCommands(program, runtime);
  addProfileCommands(program, runtime);
  addSandboxCommands(program, runtime);
  addCompletionCommands(program, runtime);
  addHelpCommand(program, runtime);
  groupCommands(program);
}

/** Nothing ends the process but `main`, and `msg help` is the one command that explains others. */
function settle(command: CommandUnknownOpts): void {
  returnToMain(command);
  command.helpCommand(false).helpOption('-h, --help', 'show this help');
  command.configureHelp({ subcommandTerm: termOf });
  command.commands.forEach(settle);
}
