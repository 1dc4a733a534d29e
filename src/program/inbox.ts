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
    .option('--replicas <n>', "how many brokers keep each record (default: the brokers' own)")
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/inbox.js')).create, options),
    );
  addAccess(inbox, runtime);
  addSyncGrants(inbox, runtime);
  addLag(inbox, runtime);
  addStatus(inbox, runtime);
  addSeek(inbox, runtime);
}

function addLag(inbox: CommandUnknownOpts, runtime: Runtime): void {
  inbox
    .command('lag')
    .description('show how far the inbox has been read')
    .option('--max-lag <n>', 'end with 1 when more records than this are unread')
    .option('--max-age <duration>', 'end with 1 when a record has been unread for longer')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  msg inbox lag
  msg inbox lag --max-lag 1000 --max-age 15m || alert`,
    )
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/inbox-lag.js')).run, options),
    );
}

function addStatus(inbox: CommandUnknownOpts, runtime: Runtime): void {
  inbox
    .command('status')
    .description('show what came in, what waits and why, and what is refused')
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/inbox-status.js')).run,
        options,
      ),
    );
}

function addSeek(inbox: CommandUnknownOpts, runtime: Runtime): void {
  inbox
    .command('seek')
    .summary('move the position in the inbox')
    .description(
      'Moves the position in the inbox, at the brokers and in the ledger, while no listener runs. What lies between is read again, or never; the ledger delivers nothing twice.',
    )
    .argument('<place>', 'earliest, latest, an offset, @TIME or @-DURATION')
    .option('--partition <n>', 'only in this partition')
    .option('--dry-run', 'show what it would come to, move nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  msg inbox seek latest --dry-run
  msg inbox seek @-2h
  msg inbox seek 1200 --partition 0 --yes

To have messages delivered again that were delivered before, look back:
msg listen --from.`,
    )
    .action((place, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/inbox-seek.js')).run, {
        ...options,
        place,
      }),
    );
}

function addSyncGrants(inbox: CommandUnknownOpts, runtime: Runtime): void {
  inbox
    .command('sync-grants')
    .summary("make the brokers' access rules follow the directory")
    .description(
      'Lets every active peer of the directory write to the inbox, and takes that right from suspended and removed ones, with the rights of an administrator of the brokers. The difference is shown first. Users and topics are named by transport.principal and transport.topic; rules of other users and of other shapes are left alone.',
    )
    .option('--all', "every peer's inbox, its owner's right to read it included")
    .option('--dry-run', 'show the difference, change nothing')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  msg inbox sync-grants --dry-run
  msg inbox sync-grants --all --yes`,
    )
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/inbox-sync-grants.js')).run,
        options,
      ),
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
