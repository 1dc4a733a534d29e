import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

const REASON = ['--reason <reason>', 'refused for this reason'] as const;
const FROM = ['--from <peer>', 'that name this sender, proven or not'] as const;
const SINCE = ['--since <time>', 'from this time on: an ISO time, or how long ago'] as const;
const UNTIL = ['--until <time>', 'before this time'] as const;

/** `msg quarantine`: what was refused for good, and what to do about it. */
export function addQuarantineCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const quarantine = program
    .command('quarantine')
    .description('records that were refused for good');
  addLooks(quarantine, runtime);
  addChanges(quarantine, runtime);
}

function addLooks(quarantine: CommandUnknownOpts, runtime: Runtime): void {
  quarantine
    .command('list')
    .description('list what was refused, and why, the newest last')
    .option(...REASON)
    .option(...FROM)
    .option(...SINCE)
    .option(...UNTIL)
    .option('--resolved', 'also what was retried or dropped')
    .option('--limit <n>', 'the newest n only (default: 100)')
    .option('--before <number>', 'older than this record: the page before')
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/quarantine.js')).list,
        options,
      ),
    );
  quarantine
    .command('show')
    .description('show everything about a refused record, and what to do next')
    .argument('<number>', "the record's number in the list")
    .option('--json', 'a JSON object')
    .action((number, _options, command) =>
      invoke(runtime, command, async () => (await import('../commands/quarantine.js')).show, {
        number,
      }),
    );
  quarantine
    .command('export')
    .description('write a refused record out as it came')
    .argument('<number>', "the record's number in the list")
    .option('-o, --out <dir>', 'write it and a description into this directory')
    .option('--force', 'replace files that are there')
    .option('--json', 'the paths as a JSON object')
    .action((number, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/quarantine-export.js')).run, {
        ...options,
        number,
      }),
    );
}

function addChanges(quarantine: CommandUnknownOpts, runtime: Runtime): void {
  quarantine
    .command('retry')
    .description('judge records again, now that the cause is mended, and deliver what passes')
    .argument('[number...]', "the records' numbers in the list")
    .option(...REASON)
    .option(...FROM)
    .option(...SINCE)
    .option(...UNTIL)
    .option('--all', 'everything in quarantine')
    .option('--json', 'one JSON object a line')
    .action((numbers, options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/quarantine-change.js')).retry,
        { ...options, numbers },
      ),
    );
  quarantine
    .command('drop')
    .description('put records away for good; their messages stay known and do not come again')
    .argument('[number...]', "the records' numbers in the list")
    .option(...REASON)
    .option(...FROM)
    .option(...SINCE)
    .option(...UNTIL)
    .option('--all', 'everything in quarantine')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON object a line')
    .action((numbers, options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/quarantine-change.js')).drop,
        { ...options, numbers },
      ),
    );
}
