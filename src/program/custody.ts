import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

const DRY_RUN = 'show the call and its gas, send nothing';
const ACCOUNT = 'the account, or none';

const load = () => import('../commands/registry-custody.js');

/** The commands of `msg registry` that change who holds a peer. */
export function addCustodyCommands(registry: CommandUnknownOpts, runtime: Runtime): void {
  addAppointments(registry, runtime);
  addRecovery(registry, runtime);
}

function addAppointments(registry: CommandUnknownOpts, runtime: Runtime): void {
  const commands = [
    ['operator', 'name the account that may publish for a peer (owner)'],
    ['guardian', 'name the cold account that can recover a peer (owner, guardian)'],
    ['offer', 'offer a peer to another account, which has to accept it (owner)'],
  ] as const;
  for (const [verb, description] of commands) {
    registry
      .command(verb)
      .description(description)
      .argument('<name>', "the peer's name")
      .argument('<address>', ACCOUNT)
      .option('--dry-run', DRY_RUN)
      .option('--json', 'a JSON object')
      .action((name, account, options, command) =>
        invoke(runtime, command, async () => (await load())[verb], {
          ...options,
          ...{ name, account },
        }),
      );
  }
}

function addRecovery(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('recover')
    .description('give a peer to another account: guardian at once, registrar after the delay')
    .argument('<name>', "the peer's name")
    .requiredOption('--owner <address>', 'the new owner')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await load()).recover, { ...options, name }),
    );
  const commands = [
    ['accept', 'take over a peer that is on offer or was recovered (new owner)'],
    [
      'object',
      'stop a recovery (owner, guardian, registrar) or a change of guardian (owner, guardian)',
    ],
  ] as const;
  for (const [verb, description] of commands) {
    registry
      .command(verb)
      .description(description)
      .argument('<name>', "the peer's name")
      .option('--dry-run', DRY_RUN)
      .option('--json', 'a JSON object')
      .action((name, options, command) =>
        invoke(runtime, command, async () => (await load())[verb], { ...options, name }),
      );
  }
}
