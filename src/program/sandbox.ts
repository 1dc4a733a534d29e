import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg demo`, `msg sandbox`: a whole network on this machine. */
export function addSandboxCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('demo')
    .description(
      'play the main job on this machine: chain, directory, certificates, sealed messages',
    )
    .option('--kafka', 'carry the messages over a real Apache Kafka broker')
    .option('--secure', 'as --kafka, with TLS, passwords and access rules')
    .option('--keep', 'leave the network up, to play with')
    .option('--json', 'one JSON object a step')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/demo.js')).run, options),
    );
  const sandbox = program.command('sandbox').description('a network to try things with');
  addUp(sandbox, runtime);
  sandbox
    .command('down')
    .description('stop it; what it knows stays')
    .option('--purge', 'forget the network, its profiles, keys and ledgers')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/sandbox.js')).down, options),
    );
  sandbox
    .command('status')
    .description('say what runs and how to use it')
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/sandbox.js')).status,
        options,
      ),
    );
}

function addUp(sandbox: CommandUnknownOpts, runtime: Runtime): void {
  sandbox
    .command('up')
    .description('start it: profiles alice and bob can write to each other at once')
    .option('--kafka', 'over a real Apache Kafka broker (needs Java and Maven)')
    .option('--secure', 'as --kafka, with TLS, passwords and access rules')
    .option('--chain-port <port>', 'the port of the chain')
    .option('--broker-port <port>', 'the port of the broker')
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/sandbox.js')).up, options),
    );
}
