import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg init` and `msg profile`: who one is, and what messages travel over. */
export function addProfileCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  addInit(program, runtime);
  const profile = program.command('profile').description('the profiles: one a consortium');
  addReading(profile, runtime);
  addWriting(profile, runtime);
}

const load = () => import('../commands/profile.js');
const loadChanges = () => import('../commands/profile-changes.js');

function addInit(program: CommandUnknownOpts, runtime: Runtime): void {
  program
    .command('init')
    .summary('set up a profile, question by question')
    .description(
      'Sets up a profile. Asks for what neither flags nor environment answer; without a terminal it asks nothing and names the flags that are missing.',
    )
    .option('--force', 'replace a profile that is there')
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `
Every setting is a flag ("msg help settings" lists them):
  msg init
  msg init --profile prod --peer acme --transport kafkas://broker.example:9093 \\
    --chain-url https://node.example:8545 --chain-id 1337 --directory 0x… \\
    --trust-anchors consortium-ca.pem`,
    )
    .action((options, command) =>
      invoke(runtime, command, async () => (await import('../commands/init.js')).run, options),
    );
}

function addReading(profile: CommandUnknownOpts, runtime: Runtime): void {
  profile
    .command('list')
    .description('list the profiles')
    .option('--json', 'one JSON object a line')
    .action((options, command) =>
      invoke(runtime, command, async () => (await load()).list, options),
    );
  profile
    .command('show')
    .description('show the settings that hold now: flags, environment, profile, built-in')
    .argument('[profile]', 'the profile (default: the one in use)')
    .option('--origin', 'every setting, and where its value came from')
    .option('--json', 'a JSON object')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await load()).show, { ...options, name }),
    );
  profile
    .command('validate')
    .description('check the settings without a network; exit code 2 when they cannot work')
    .argument('[profile]', 'the profile (default: the one in use)')
    .option('--json', 'one JSON object a problem')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await load()).validate, { ...options, name }),
    );
}

function addWriting(profile: CommandUnknownOpts, runtime: Runtime): void {
  profile
    .command('use')
    .description('make a profile the current one')
    .argument('<profile>', 'the profile')
    .option('--json', 'a JSON object')
    .action((name, _options, command) =>
      invoke(runtime, command, async () => (await loadChanges()).use, { name }),
    );
  profile
    .command('set')
    .description('change a setting of the profile in use')
    .argument('<setting>', 'its name, such as chain.url')
    .argument('<value>', 'its value; secrets by reference only')
    .option('--json', 'a JSON object')
    .action((key, value, _options, command) =>
      invoke(runtime, command, async () => (await loadChanges()).set, { key, value }),
    );
  profile
    .command('unset')
    .description('take a setting out of the profile in use')
    .argument('<setting>', 'its name, such as chain.url')
    .option('--json', 'a JSON object')
    .action((key, _options, command) =>
      invoke(runtime, command, async () => (await loadChanges()).unset, { key }),
    );
  profile
    .command('remove')
    .description('forget a profile; its keys and its ledger stay')
    .argument('<profile>', 'the profile')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'a JSON object')
    .action((name, options, command) =>
      invoke(runtime, command, async () => (await loadChanges()).remove, { ...options, name }),
    );
}
