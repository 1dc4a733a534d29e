import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** An option with a kind of receipt, given several times or without a kind: then it is `received`. */
export function receiptOption(flags: string, about: string): Option {
  return new Option(flags, about)
    .choices(['received', 'processed'])
    .preset('received')
    .argParser((word: string, earlier: readonly string[] | undefined) => [
      ...(earlier ?? []),
      word,
    ]);
}

/** The kind of receipt to wait for. */
export function waitOption(): Option {
  return new Option(
    '--wait [kind]',
    'return when this receipt has come: received (default) or processed',
  )
    .choices(['received', 'processed'])
    .preset('received')
    .argParser((word: string) => word);
}

/** `msg receipt`: what recipients said of what was sent, and what was said to senders. */
export function addReceiptCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const receipt = program
    .command('receipt')
    .description('signed receipts and rejections, those that came and those that were given');
  receipt
    .command('list')
    .description('list receipts, the newest last')
    .option('--with <peer>', 'from or to this peer')
    .option('--says <word>', 'received, processed or rejected')
    .option('--in', 'those that came only')
    .option('--out', 'those that were given only')
    .option('--since <time>', 'from this time on: an ISO time, or how long ago, such as 2h')
    .option('--until <time>', 'before this time')
    .option('--limit <n>', 'the newest n only (default: 100)')
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/receipt-list.js')).list,
        options,
      ),
    );
  receipt
    .command('show')
    .description('show everything about the receipts of a message')
    .argument('<id>', 'the message id')
    .option('--json', 'one JSON object a line')
    .action((id, _options, command) =>
      invoke(runtime, command, async () => (await import('../commands/receipt-list.js')).show, {
        id,
      }),
    );
  receipt
    .command('verify')
    .description(
      'verify the receipts that came for a message again, from nothing but what was kept with them',
    )
    .argument('<id>', 'the message id')
    .option('--with <peer>', 'of this recipient only')
    .option('--json', 'one JSON object a line')
    .action((id, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/receipt-verify.js')).run, {
        ...options,
        id,
      }),
    );
  receipt
    .command('export')
    .description('write receipts out, with all that OpenSSL needs to verify them')
    .argument('<id>', 'the message id')
    .requiredOption('-o, --out <dir>', 'the directory for the files')
    .option('--with <peer>', 'of this recipient only')
    .option('--payload <file>', 'what was sent, to be in the files as well')
    .option('--force', 'replace files that are there')
    .option('--json', 'one JSON object')
    .action((id, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/receipt-export.js')).run, {
        ...options,
        id,
      }),
    );
}
