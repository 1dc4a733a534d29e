import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg inbox`: one's own topic in the log, who may use it, and how far it has been read. */
export function addInboxCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const inbox = program.command('inbox').description("one's own inbox in the log");
  inbox
    .command('create')
    .description('create the inbox topic')
    .option('--partitions <n>', 'how many partitions (default: 1)')
    .option('--retention <duration>', 'how long records are kept (default: 14d)')
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/inbox.js')).create, options),
    );
  addAccess(inbox, runtime);
  inbox
    .command('lag')
    .description('show how far the inbox has been read')
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/inbox.js')).lag, options),
    );
}

function addAccess(inbox: CommandUnknownOpts, runtime: Runtime): void {
  const access = {
    grant: 'let a principal write to the inbox, with the rights of an administrator of the brokers',
    revoke: 'take the right to write to the inbox, or to read it, away from a principal',
  } as const;
  for (const [name, about] of Object.entries(access)) {
    inbox
      .command(name)
      .description(about)
      .argument('<principal>', 'the user as the brokers know it, such as User:acme')
      .option('--owner', 'the right to read the inbox instead')
      .action((principal, options, command) =>
        invoke(
          runtime,
          command,
          async () => (await import('../commands/inbox-access.js'))[name as keyof typeof access],
          { ...options, principal },
        ),
      );
  }
}
