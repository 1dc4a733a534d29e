import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { addInboxCommands } from './inbox.js';
import { invoke } from './invoke.js';
import { addMessageCommands } from './message.js';
import { addQuarantineCommands } from './quarantine.js';

/** `msg message`, `msg outbox`, `msg quarantine`, `msg inbox`: what happened, and what is waiting. */
export function addLedgerCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  addMessageCommands(program, runtime);
  addOutbox(program, runtime);
  addQuarantineCommands(program, runtime);
  addInboxCommands(program, runtime);
}

function addOutbox(program: CommandUnknownOpts, runtime: Runtime): void {
  const outbox = program.command('outbox').description('messages that were kept and not yet sent');
  outbox
    .command('list')
    .description('list what waits in the outbox')
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/outbox.js')).list, options),
    );
  outbox
    .command('flush')
    .description('send what waits in the outbox now, under the same ids')
    .argument('[id...]', 'failed messages to be tried again, too')
    .option('--json', 'one JSON object a line')
    .action((ids, _options, command) =>
      invoke(runtime, command, async () => (await import('../commands/outbox.js')).flush, { ids }),
    );
  addResend(outbox, runtime);
  outbox
    .command('cancel')
    .description('take a message back, as long as certainly nothing of it has left')
    .argument('<id>', 'the message id')
    .option('--to <peer...>', 'for these recipients only')
    .option('--json', 'one JSON object a line')
    .action((id, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/outbox.js')).cancel, {
        ...options,
        id,
      }),
    );
}

function addResend(outbox: CommandUnknownOpts, runtime: Runtime): void {
  outbox
    .command('resend')
    .summary('publish what was sent once more, the same bytes under the same id')
    .description(
      'Publishes what was sent once more, for recipients whose copy was lost in the log: the very bytes that were kept, under the same id. Whoever has had it counts a duplicate and delivers nothing.',
    )
    .argument('<id...>', 'the ids of messages that were sent')
    .option('--to <peer...>', 'for these recipients only')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  msg outbox resend 0199e3f0-1c2d-7000-8000-5f2b6c7d8e9f
  msg outbox resend 0199e3f0-1c2d-7000-8000-5f2b6c7d8e9f --to acme`,
    )
    .action((ids, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/outbox-resend.js')).run, {
        ...options,
        ids,
      }),
    );
}
