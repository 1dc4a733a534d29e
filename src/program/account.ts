import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg account`: who signs transactions on the chain. */
export function addAccountCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const account = program.command('account').description('who signs transactions on the chain');
  account
    .command('create')
    .description('make an account, its key in an encrypted key store (V3)')
    .option('-o, --out <file>', "the key store (default: account.json among the profile's data)")
    .option('--json', 'a JSON object')
    .addHelpText('after', PASSPHRASE_HELP)
    .action((options, command) =>
      invoke(runtime, command, async () => (await load()).create, options),
    );
  account
    .command('import')
    .description('put a raw private key into an encrypted key store (V3)')
    .option('--private-key <reference>', 'where the key is: file:PATH, env:NAME or cmd:COMMAND')
    .option('-o, --out <file>', "the key store (default: account.json among the profile's data)")
    .option('--json', 'a JSON object')
    .addHelpText('after', PASSPHRASE_HELP)
    .action((options, command) =>
      invoke(runtime, command, async () => (await load()).importKey, options),
    );
  account
    .command('passphrase')
    .summary("change the passphrase of the account's key store")
    .description(
      "Encrypts the account's key anew, under another passphrase. The file is replaced whole or not at all.",
    )
    .option('--new-passphrase <reference>', 'where the new passphrase is')
    .addHelpText('after', PASSPHRASE_HELP)
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/account-passphrase.js')).run,
        options,
      ),
    );
  account
    .command('show')
    .description("show the account's address and kind")
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/account-show.js')).run,
        options,
      ),
    );
}

const load = () => import('../commands/account-create.js');

const PASSPHRASE_HELP = `
The passphrase of the key store is asked for, or found by --account-passphrase
file:PATH, env:NAME or cmd:COMMAND (the setting account.passphrase).`;
