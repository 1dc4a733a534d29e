import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';
import { receiptOption, waitOption } from './receipts.js';

/** `msg request`. */
export function addRequest(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('request')
    .summary('ask a peer, and print its reply')
    .description(
      'Sends a file, standard input or a JSON document to one peer, waits for the reply with its correlation id and prints what that holds. Ends with 5 when the peer rejects the question, and with 75 when no reply came in time; one that comes later is delivered by "msg listen".',
    )
    .argument('<peer>', 'whom to ask')
    .argument('[file]', 'the question; "-" or none is standard input')
    .option('--json <document>', 'send this JSON document')
    .option('--timeout <duration>', 'how long to wait for the reply (default: 1m)')
    .option('-o, --out <file>', 'write what the reply holds to this file')
    .option('--force', 'replace the file')
    .option('-t, --type <type>', 'what the question is, for the receiver to act upon')
    .option('--cid <id>', 'the correlation id that the reply carries (default: the message id)')
    .option('--name <name>', 'the file name to give at the other side')
    .option('--content-type <type>', 'the media type (default: by the file name)')
    .option('--expires <duration>', 'do not deliver after this long, such as 1h or 2d')
    .option('--id <uuid>', 'fix the message id: a repeated call asks once and waits on')
    .option('--compress', 'pack the question with gzip for the way')
    .addHelpText(
      'after',
      `
Examples:
  msg request acme --json '{"order": 17}' --type order.status
  msg request acme query.xml --timeout 5m -o answer.xml`,
    )
    .action((peer, file, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/request.js')).run, {
        ...options,
        peer,
        file,
        document: options.json,
      }),
    );
}

/** `msg reply`. */
export function addReply(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('reply')
    .summary('answer a message that came in')
    .description(
      'Sends a file, standard input or a JSON document to the sender of a message, as its reply and with its correlation id. Prints the id of the reply.',
    )
    .argument('<id>', 'the message that is answered')
    .argument('[file]', 'the reply; "-" or none is standard input')
    .option('--from <peer>', 'whose message it is, where several have used the id')
    .option('--json <document>', 'send this JSON document')
    .option('-t, --type <type>', 'what the reply is, for the receiver to act upon')
    .option('--name <name>', 'the file name to give at the other side')
    .option('--content-type <type>', 'the media type (default: by the file name)')
    .option('--expires <duration>', 'do not deliver after this long, such as 1h or 2d')
    .option('--id <uuid>', 'fix the id of the reply: a repeated call then cannot send twice')
    .addOption(
      receiptOption(
        '--receipt [kind]',
        'ask for a signed receipt: received (default) or processed',
      ),
    )
    .addOption(waitOption())
    .option('--timeout <duration>', 'how long to wait for it (default: 1m)')
    .option('--queue', 'keep the reply for later when the broker cannot be reached')
    .option('--compress', 'pack the reply with gzip for the way')
    .option('--dry-run', 'check everything, send nothing')
    .addHelpText(
      'after',
      `
Examples:
  msg reply 0197a2b4-7c1e-7000-8000-4f5e6d7c8b9a --json '{"state": "shipped"}'
  msg reply 0197a2b4-7c1e-7000-8000-4f5e6d7c8b9a answer.xml --wait`,
    )
    .action((id, file, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/reply.js')).run, {
        ...options,
        to: id,
        file,
        document: options.json,
      }),
    );
}
