import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { addAdministrationCommands } from './administration.js';
import { addCustodyCommands } from './custody.js';
import { invoke } from './invoke.js';

const DRY_RUN = 'show the call and its gas, send nothing';
const YES = 'do not ask';

/** `msg registry`: the directory itself, for those who govern it. */
export function addRegistryCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const registry = program
    .command('registry')
    .description('the on-chain directory: deploy it, admit peers, give out roles');
  addDeploy(registry, runtime);
  addInfo(registry, runtime);
  addAdmit(registry, runtime);
  addStatus(registry, runtime);
  addCustodyCommands(registry, runtime);
  addRoles(registry, runtime);
  addAdministrationCommands(registry, runtime);
  addFreeze(registry, runtime);
}

function addDeploy(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('deploy')
    .summary('put a new directory on the chain')
    .description(
      'Puts a new directory on the chain and prints its address. The profile in use is pointed at it when it has no directory yet, or with --save.',
    )
    .option('--admin <address>', 'who gives out the roles (default: the own account)')
    .option('--admin-delay <duration>', 'how long handing over the admin takes (default: 1d)')
    .option(
      '--recovery-delay <duration>',
      'how long owners can object to a recovery by the registrar (default: 2d)',
    )
    .option('--open-registration', 'let anyone take a free name: for tests and small groups')
    .option('--save', 'point the profile at it though it has a directory')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `
Examples:
  msg registry deploy --dry-run
  msg registry deploy --admin 0x…
  msg registry grant registrar 0x…`,
    )
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/registry-deploy.js')).run,
        options,
      ),
    );
}

function addInfo(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('info')
    .description("show the directory as the chain has it now, and one's own part in it")
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/registry-info.js')).run,
        options,
      ),
    );
}

const loadPeers = () => import('../commands/registry-peers.js');

function addAdmit(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('admit')
    .description('give a name to an owner (registrar)')
    .argument('<name>', "the peer's name")
    .requiredOption('--owner <address>', 'the account that publishes for the peer')
    .option('--guardian <address>', "a cold account of the owner's, to recover the peer with")
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await loadPeers()).admit, { ...options, name }),
    );
}

function addStatus(registry: CommandUnknownOpts, runtime: Runtime): void {
  const commands = [
    ['suspend', 'stop a peer at once (owner, guardian or revoker)'],
    ['lift', 'lift a suspension (registrar)'],
    ['remove', 'remove a peer for good; its name is never given out again (registrar)'],
  ] as const;
  for (const [verb, description] of commands) {
    registry
      .command(verb)
      .description(description)
      .argument('<name>', "the peer's name")
      .option('-y, --yes', YES)
      .option('--dry-run', DRY_RUN)
      .option('--json', 'a JSON object')
      .action((name, options, command) =>
        invoke(runtime, command, async () => (await loadPeers())[verb], { ...options, name }),
      );
  }
}

const loadRoles = () => import('../commands/registry-roles.js');

function addRoles(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('grant')
    .description('give an account a role: registrar or revoker (admin)')
    .argument('<role>', 'registrar: admits and removes; revoker: suspends and revokes')
    .argument('<address>', 'the account')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((role, account, options, command) =>
      invoke(runtime, command, async () => (await loadRoles()).grant, {
        ...options,
        ...{ role, account },
      }),
    );
  registry
    .command('revoke-role')
    .description('take a role from an account (admin)')
    .argument('<role>', 'registrar or revoker')
    .argument('<address>', 'the account')
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((role, account, options, command) =>
      invoke(runtime, command, async () => (await loadRoles()).revokeRole, {
        ...options,
        ...{ role, account },
      }),
    );
}

function addFreeze(registry: CommandUnknownOpts, runtime: Runtime): void {
  registry
    .command('freeze')
    .description('stop the directory for good, but for revoking and suspending (admin)')
    .option('--successor <address>', 'the directory that follows: shown, never followed by itself')
    .option('-y, --yes', YES)
    .option('--dry-run', DRY_RUN)
    .option('--json', 'a JSON object')
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/registry-freeze.js')).run,
        options,
      ),
    );
}
