import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

const DRY_RUN = 'show the call and its gas, send nothing';
const YES = 'do not ask';

const load = () => import('../commands/registry-admin.js');

/** The commands of `msg registry` for the admin's own part. */
export function addAdministrationCommands(registry: CommandUnknownOpts, runtime: Runtime): void {
  addOpenRegistration(registry, runtime);
  addHandOver(registry, runtime);
  addRenounceRole(registry, runtime);
}

function addOpenRegistration(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('open-registration')
    .description('let anyone take a free name, or registrars alone (admin)')
    .argument('<state>', 'on or off')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((state, options, command) =>
      invoke(runtime, command, async () => (await load()).openRegistration, { ...options, state }),
    );
}

function addHandOver(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('offer-admin')
    .description("offer the admin's part to another account, which takes it after a delay (admin)")
    .argument('<address>', 'the account, or none')
    .option('-y, --yes', YES)
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((account, options, command) =>
      invoke(runtime, command, async () => (await load()).offerAdmin, { ...options, account }),
    );
  registry
    .command('accept-admin')
    .description("take the admin's part that is on offer, once the delay is over (new admin)")
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(runtime, command, async () => (await load()).acceptAdmin, options),
    );
  registry
    .command('withdraw-admin')
    .description("take an offer of the admin's part back (admin)")
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(runtime, command, async () => (await load()).withdrawAdmin, options),
    );
  registry
    .command('admin-delay')
    .description("change how long handing over the admin's part takes (admin)")
    .argument('<duration>', 'such as 2d')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((duration, options, command) =>
      invoke(runtime, command, async () => (await load()).adminDelay, { ...options, duration }),
    );
}

function addRenounceRole(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('renounce-role')
    .description("give up a role of one's own (registrar, revoker, admin)")
    .argument('<role>', 'registrar, revoker, or admin after "offer-admin none"')
    .option('-y, --yes', YES)
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((role, options, command) =>
      invoke(runtime, command, async () => (await load()).renounceRole, { ...options, role }),
    );
}
