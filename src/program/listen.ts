import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg listen`: receives until it is told to end. */
export function addListen(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('listen')
    .summary("receive one's own messages: verify, decrypt, deliver")
    .description(
      'Tails the own inbox. Each message is verified, decrypted and delivered at least once: a line on standard output, or a handler is run or a server posted to; with --out a file, exactly once.',
    )
    .option(
      '-o, --out <dir>',
      'write each payload to a file in this directory; "-" is standard output, payloads only',
    )
    .option(
      '--exec <command>',
      'run this for each message: the payload on standard input, all else in MSG_* variables; exit 0 is done, 75 again later, any other goes to quarantine',
    )
    .option('--exec-file <command>', 'like --exec, with the payload in the file $MSG_FILE')
    .option('--exec-timeout <duration>', 'end a command that takes longer, and try again later')
    .option(
      '--forward-to <url>',
      'post each message to this server: 2xx is done, 5xx again later, other 4xx go to quarantine',
    )
    .option('--forward-timeout <duration>', 'for how long the server may be silent (default: 60s)')
    .option('--reply', 'send what the command prints, or the server answers, to the sender')
    .option('--reply-type <type>', 'what such a reply is, for the receiver to act upon')
    .option(
      '--max-attempts <n>',
      'put a message that fails for now into quarantine at this attempt (default: never)',
    )
    .option(
      '--lanes <n>',
      'how many senders are served at the same time (default: 4; 1 for standard output)',
    )
    .option('--json', 'one JSON object a line')
    .option('-n, --count <n>', 'end after so many messages')
    .option('--until-empty', 'end when everything that is there has been delivered')
    .option('--idle-timeout <duration>', 'end when nothing came for this long')
    .option(
      '--from <place>',
      'look back: earliest, latest, an offset, @time or @-duration; the position stays',
    )
    .option('--flush-outbox', 'also send what waits in the outbox, as msg outbox flush does')
    .option('--status-interval <duration>', 'say so often how things stand, as SIGUSR1 does')
    .option('--adopt', 'take over an inbox that another ledger has read')
    .addHelpText(
      'after',
      `
Examples:
  msg listen
  msg listen --out ./incoming --until-empty
  msg listen --json | jq -r .json.order
  msg listen --count 1 --out - | tar xz
  msg listen --exec 'jq -c . >> orders.ndjson'
  msg listen --exec-file './import.sh "$MSG_FROM" "$MSG_FILE"' --exec-timeout 5m
  msg listen --forward-to https://orders.example/incoming
  msg listen --from @-2h --until-empty

"msg help handlers" lists the variables.`,
    )
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/listen.js')).run, options),
    );
}
