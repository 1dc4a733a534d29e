import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';
import { addRegistryCommands } from './registry.js';

const DRY_RUN = 'show the calls and their gas, send nothing';
const REFRESH = 'look at the chain now, whatever the cache says';

/** `msg register`, `rotate`, `revoke`, `peer` and `registry`: the directory and one's part in it. */
export function addDirectoryCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  addRegister(program, runtime);
  addRotate(program, runtime);
  addRevoke(program, runtime);
  addPeer(program, runtime);
  addRegistryCommands(program, runtime);
}

const loadRegister = async () => (await import('../commands/register.js')).run;

function addRegister(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('register')
    .summary("publish one's own certificate in the directory")
    .description(
      'Publishes the own certificate in the directory, with the proof that its key is at hand. Checks first what readers will check; what is published already is left as it is. With --inbox TOPIC the directory names that inbox.',
    )
    .option('--label <label>', "the key's label (default: the one that signs)")
    .option('--guardian <address>', 'a cold account, for a name that open registration gives away')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `
Examples:
  msg register --dry-run
  msg register
  msg register --inbox acme.incoming`,
    )
    .action((options, command) => invoke(runtime, command, loadRegister, options));
}

function addRotate(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('rotate')
    .summary("replace one's own certificate in the directory by a newer one")
    .description(
      'Publishes the next certificate of the key store as the next version. Peers seal to it as soon as they see it; the former one goes on signing until every peer has had the time to (book.max-age). Messages under way to the former one still open, as long as the store keeps its key.',
    )
    .option('--label <label>', "the new key's label (default: the only one that could follow)")
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `
Examples:
  msg identity create --label 2027
  msg identity import carol-2027.pem
  msg rotate`,
    )
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/rotate.js')).run, options),
    );
}

function addRevoke(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('revoke')
    .summary("revoke one's own certificate in the directory, for good")
    .description(
      'Revokes a certificate in the directory, for good. With the account of a guardian or revoker, --peer NAME says whose.',
    )
    .requiredOption(
      '--reason <reason>',
      'keyCompromise, superseded, cessationOfOperation, … (RFC 5280, section 5.3.1)',
    )
    .option('--index <n>', 'the version (default: the newest)')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/revoke.js')).run, options),
    );
}

function addPeer(program: CommandUnknownOpts, runtime: Runtime): void {
  const peer = program.command('peer').description('the address book: who is in the directory');
  peer
    .command('list')
    .description('list the peers, and whether each is trusted now')
    .option('--refresh', REFRESH)
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/peer-list.js')).run, options),
    );
  peer
    .command('show')
    .description('show everything that the directory says about a peer')
    .argument('<name>', "the peer's name")
    .option('--refresh', REFRESH)
    .option('--json', 'a JSON object')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/peer-show.js')).run, {
        ...options,
        name,
      }),
    );
  peer
    .command('verify')
    .description('check a peer as a reader does, step by step; exit code 3 when it fails')
    .argument('<name>', "the peer's name")
    .option('--at <time>', 'judge validity as of then: an ISO time, or how long ago, such as 2h')
    .option('--refresh', REFRESH)
    .option('--json', 'a JSON object')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/peer-verify.js')).run, {
        ...options,
        name,
      }),
    );
}
