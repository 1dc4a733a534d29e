import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';
import { addListen } from './listen.js';
import { receiptOption, waitOption } from './receipts.js';
import { addReply, addRequest } from './requests.js';

/** `msg send`, `msg request`, `msg reply`, `msg batch`, `msg listen`. */
export function addMessagingCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  addSend(program, runtime);
  addRequest(program, runtime);
  addReply(program, runtime);
  addBatch(program, runtime);
  addListen(program, runtime);
}

function addBatch(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('batch')
    .summary('send what is new in a directory, or what a manifest lists')
    .description(
      'Sends every file that no earlier run has sent, each once: what was sent is remembered by path and content. Made for cron: runs do not overlap, and one that was killed goes on where it was. Ends with 6 when some files failed, each a line of JSON on standard output.',
    )
    .argument('<source>', 'a directory, or a manifest: JSON, one JSON object a line, or .csv')
    .option('--to <peer...>', 'the recipients, for a directory and where the manifest names none')
    .option('-t, --type <type>', 'what the messages are, for the receiver to act upon')
    .option('--expires <duration>', 'do not deliver after this long, such as 1h or 2d')
    .option('--include <glob...>', 'only files whose name matches, such as "*.pdf"')
    .option('--recursive', 'also the files in directories below')
    .option('--settle <duration>', 'leave alone what changed within this time (default: 0s)')
    .option('--move-to <dir>', 'move each file there once it has been sent')
    .option('--lanes <n>', 'how many groups of recipients are served at once (default: 4)')
    .option('--dry-run', 'say what would be sent')
    .option('--json', 'one JSON object a line for every file')
    .addHelpText(
      'after',
      `
Examples:
  msg batch /var/spool/msg/acme --to acme --settle 10s --move-to /var/spool/sent
  msg batch invoices.csv
  msg batch manifest.json --dry-run`,
    )
    .action((source, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/batch.js')).run, {
        ...options,
        source,
      }),
    );
}

/** `msg send`. */
export function addSend(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('send')
    .summary('seal a file, standard input or a JSON document, and send it')
    .description(
      'Seals a file, standard input or a JSON document for one or several peers and hands it to the log. Prints the message id.',
    )
    .argument('<peer...>', 'one or several peers, then the file; "-" or no file is standard input')
    .option('--json <document>', 'send this JSON document')
    .option('-t, --type <type>', 'what the message is, for the receiver to act upon')
    .option('--cid <id>', 'the correlation id that a reply will carry (default: the message id)')
    .option('--reply-to <id>', 'the message that this one answers')
    .option('--name <name>', 'the file name to give at the other side')
    .option('--content-type <type>', 'the media type (default: by the file name)')
    .option('--expires <duration>', 'do not deliver after this long, such as 1h or 2d')
    .option('--id <uuid>', 'fix the message id: a repeated call then cannot send twice')
    .addOption(
      receiptOption(
        '--receipt [kind]',
        'ask for a signed receipt: received (default) or processed',
      ),
    )
    .addOption(waitOption())
    .option('--timeout <duration>', 'how long to wait for it (default: 1m)')
    .option('--queue', 'keep the message for later when the broker cannot be reached')
    .option('--compress', 'pack the payload with gzip for the way')
    .option('--ndjson', 'send every line of JSON as a message of its own, many in one envelope')
    .option('--ndjson-items', 'likewise, with lines that say id, type, cid and name of their own')
    .option('--dry-run', 'check everything, send nothing')
    .addHelpText(
      'after',
      `
Examples:
  msg send acme report.pdf
  msg send acme globex report.pdf --type report.monthly
  msg send acme --json '{"order": 17, "amount": "1200.00"}' --type order
  tar cz invoices | msg send acme - --name invoices.tgz
  msg send acme database.dump --compress
  msg send acme order.xml --wait processed --timeout 5m
  msg send acme --ndjson orders.ndjson --type order
  tail -f events.ndjson | msg send acme --ndjson

With --ndjson-items a line is {"json": ...}, {"text": "..."} or
{"base64": "..."}, and may have id, type, cid, name and contentType:
  {"id": "01a2...", "type": "order", "json": {"amount": 1200.00}}`,
    )
    .action((operands, options, command) => {
      const isMany = options.ndjson === true || options.ndjsonItems === true;
      const load = async () =>
        isMany
          ? (await import('../commands/send-ndjson.js')).run
          : (await import('../commands/send.js')).run;
      return invoke(runtime, command, load, { ...options, operands, document: options.json });
    });
}
