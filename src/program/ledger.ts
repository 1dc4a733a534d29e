import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { addInboxCommands } from './inbox.js';
import { invoke } from './invoke.js';
import { addQuarantineCommands } from './quarantine.js';

/** `msg message`, `msg outbox`, `msg quarantine`, `msg inbox`: what happened, and what is waiting. */
export function addLedgerCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  addMessage(program, runtime);
  addOutbox(program, runtime);
  addQuarantineCommands(program, runtime);
  addInboxCommands(program, runtime);
}

function addMessage(program: CommandUnknownOpts, runtime: Runtime): void {
  const message = program.command('message').description('what the ledger knows of messages');
  message
    .command('list')
    .description('list sent and received messages, the newest last')
    .option('--with <peer>', 'from or to this peer')
    .option('--in', 'received ones only')
    .option('--out', 'sent ones only')
    .option(
      '--state <state>',
      'received, delivering, done, quarantined, queued, publishing, sent, failed, expired or cancelled',
    )
    .option('--since <time>', 'from this time on: an ISO time, or how long ago, such as 2h')
    .option('--until <time>', 'before this time')
    .option('--cid <id>', 'with this correlation id')
    .option('--limit <n>', 'the newest n only (default: 100)')
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/message-list.js')).run,
        options,
      ),
    );
  message
    .command('show')
    .description('show everything about a message')
    .argument('<id>', 'the message id')
    .option('--sealed', 'write the sealed bytes instead: CMS that OpenSSL opens')
    .option('--json', 'one JSON object a line')
    .action((id, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/message-show.js')).run, {
        ...options,
        id,
      }),
    );
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
