import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg message`: what the ledger knows of messages. */
export function addMessageCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const message = program.command('message').description('what the ledger knows of messages');
  addList(message, runtime);
  addShow(message, runtime);
  addExport(message, runtime);
  addReplay(message, runtime);
  addMissing(message, runtime);
  addPrune(message, runtime);
}

function addList(message: CommandUnknownOpts, runtime: Runtime): void {
  message
    .command('list')
    .description('list sent and received messages, the newest last')
    .option('--with <peer>', 'from or to this peer')
    .option('--in', 'received ones only')
    .option('--out', 'sent ones only')
    .option(
      '--state <state>',
      'received, delivering, awaited, done, quarantined, queued, publishing, sent, failed, expired or cancelled',
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
}

function addShow(message: CommandUnknownOpts, runtime: Runtime): void {
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

function addExport(message: CommandUnknownOpts, runtime: Runtime): void {
  message
    .command('export')
    .description('write a message as files that OpenSSL and others read, in the current directory')
    .argument('<id>', 'the message id')
    .option('--from <peer>', 'of this sender, where several have used the id')
    .option('-o, --out <dir>', 'in this directory instead')
    .option('--force', 'replace files that are there')
    .option('--json', 'the paths as one JSON object')
    .addHelpText(
      'after',
      `
ID.cms               the record as it came: openssl cms -decrypt
ID.signed.cms        what it holds: openssl cms -verify, without a private key
ID.certificates.pem  the signer's certificate, and those that came with it
ID.payload           what was delivered
ID.header.json       what its sender signed beside it
ID.json              when and from where it came, who signed it, its state`,
    )
    .action((id, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/message-export.js')).run, {
        ...options,
        id,
      }),
    );
}

function addReplay(message: CommandUnknownOpts, runtime: Runtime): void {
  message
    .command('replay')
    .summary('deliver received messages again')
    .description(
      'Delivers messages that were delivered before once more, from the ledger, in the order in which they came, marked as replays. No position moves, no message changes its state, nobody gets a receipt.',
    )
    .argument('[id...]', 'the message ids')
    .option('--from <peer>', 'from this peer')
    .option(
      '--since <time>',
      'received from this time on: an ISO time, or how long ago, such as 2h',
    )
    .option('--until <time>', 'received before this time')
    .option('--type <type>', 'of this type')
    .option('--cid <id>', 'with this correlation id')
    .option('--all', 'everything that was ever delivered')
    .option(
      '--run <name>',
      'remember under this name what was delivered: run again, it delivers only what is missing',
    )
    .option('-n, --count <n>', 'end after so many messages')
    .option('--dry-run', 'only say what would be delivered')
    .option(
      '-o, --out <dir>',
      'write each payload to a file in this directory; "-" is standard output, payloads only',
    )
    .option('--exec <command>', 'run this for each message, as msg listen does; MSG_REPLAY is 1')
    .option('--exec-file <command>', 'like --exec, with the payload in the file $MSG_FILE')
    .option('--exec-timeout <duration>', 'end a command that takes longer')
    .option('--forward-to <url>', 'post each message to this server')
    .option('--forward-timeout <duration>', 'for how long the server may be silent (default: 60s)')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  msg message replay 01890a5d-ac96-774b-bcce-b302099a8057
  msg message replay --from acme --since 2026-05-01 --out ./again
  msg message replay --since 2h --exec ./import.sh --run after-the-outage`,
    )
    .action((ids, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/message-replay.js')).run, {
        ...options,
        ids,
      }),
    );
}

function addMissing(message: CommandUnknownOpts, runtime: Runtime): void {
  message
    .command('missing')
    .summary('list messages that were sent to you and have not come')
    .description(
      'Lists messages that have not come, although another message of their sender names them as sent before it. What is forgotten is missed no longer, even if it is named again; it is delivered all the same if it comes.',
    )
    .argument('[id...]', 'with --forget: the message ids')
    .option('--from <peer>', 'from this peer')
    .option('--limit <n>', 'the first n only (default: 100)')
    .option('--forget', 'miss these no longer')
    .option('--all', 'with --forget: everything that is missing')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON object a line')
    .action((ids, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/message-missing.js')).run, {
        ...options,
        ids,
      }),
    );
}

function addPrune(message: CommandUnknownOpts, runtime: Runtime): void {
  message
    .command('prune')
    .summary('forget messages that are over')
    .description(
      'Forgets received and sent messages that are over. A message whose id is forgotten is refused if it comes again: its sender gets a floor, below which only known messages are taken.',
    )
    .option('--older-than <duration>', 'what was over this long ago, such as 90d')
    .option('--before <time>', 'what was over before this time')
    .option('--keep-ids', 'let only the sealed bytes go; every id stays known, no broker is asked')
    .option('--dry-run', 'only say what would be forgotten')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  msg message prune --older-than 30d --keep-ids --yes
  msg message prune --older-than 365d --dry-run`,
    )
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/message-prune.js')).run,
        options,
      ),
    );
}
