import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { directoriesOf, type Directories } from '../config/directories.js';
import { MsgError } from '../errors.js';
import { readNetwork, type NetworkState, type SandboxTransport } from '../sandbox/network-file.js';
import { raiseNetwork } from '../sandbox/network.js';
import type { NetworkOptions } from '../sandbox/network-parts.js';
import { isAtWorkIn, stopProcess } from '../sandbox/process.js';
import { purgeNetwork } from '../sandbox/purge.js';
import type { Context } from '../runtime.js';

/** What `msg sandbox up` was asked to do. */
export interface SandboxUpOptions {
  readonly kafka?: boolean | undefined;
  readonly secure?: boolean | undefined;
  readonly chainPort?: string | undefined;
  readonly brokerPort?: string | undefined;
}

/** Raises the network, or says that it is up; the chain goes on where it was stopped. */
export async function up(options: SandboxUpOptions, context: Context): Promise<void> {
  const directories = directoriesFor(context);
  const directory = sandboxDirectory(directories);
  const previous = readNetwork(directory);
  const wanted = parseOptions(options, previous);
  if (previous !== undefined && isUp(previous, directory)) {
    refuseOther(previous, wanted);
    context.report.note('the sandbox is up already; "msg sandbox down" stops it');
    await print(previous, directory, context);
    return;
  }
  await stopRest(previous, directory);
  const network = await raiseNetwork({
    ...{ directory, directories, clock: context.clock, random: context.random },
    ...wanted,
    ...(previous === undefined ? {} : { previous }),
    onStep: (what, milliseconds) => {
      context.report.note(`${what} (${milliseconds} ms)`);
    },
    signal: context.drainSignal('the step in hand'),
  });
  network.release();
  await network.carrier.administration.close();
  await print(network.state, directory, context);
}

/** Stops what runs; with `purge`, forgets the network and its profiles too. */
export async function down(
  options: { readonly purge?: boolean | undefined },
  context: Context,
): Promise<void> {
  const directories = directoriesFor(context);
  const directory = sandboxDirectory(directories);
  const network = readNetwork(directory);
  if (network === undefined) {
    if (options.purge !== true || !existsSync(directory)) throw noSandbox();
    purge(undefined, directories, context);
    context.report.note('removed what a sandbox that never came up has left');
    return;
  }
  // A broker takes seconds to end in order, which only one needs whose data stay.
  const patience = options.purge === true ? 0 : undefined;
  const stopped = await stopRest(network, directory, patience);
  context.report.note(stopped > 0 ? 'stopped the sandbox' : 'the sandbox was not up');
  if (options.purge === true) purge(network, directories, context);
}

/** Says what runs, and how to use it. */
export async function status(_options: object, context: Context): Promise<void> {
  const directory = sandboxDirectory(directoriesFor(context));
  const network = readNetwork(directory);
  if (network === undefined) throw noSandbox();
  await print(network, directory, context);
}

/** Where the sandbox lies; no profile can have this name. */
export function sandboxDirectory(directories: Directories): string {
  return join(directories.state, '.sandbox');
}

function directoriesFor({ io }: Context): Directories {
  return directoriesOf({ env: io.env, home: homedir(), cwd: process.cwd() });
}

/** What of the options concerns the network itself. */
type Wanted = Pick<NetworkOptions, 'transport' | 'chainPort' | 'brokerPort'>;

function parseOptions(options: SandboxUpOptions, previous: NetworkState | undefined): Wanted {
  const { chainPort, brokerPort } = options;
  const transport = transportOf(options, previous);
  if (brokerPort !== undefined && transport === 'embedded') {
    throw new MsgError('usage', 'the embedded log has no broker, and so no port for one', {
      hint: 'leave --broker-port out, or add --kafka',
    });
  }
  return {
    transport,
    ...(chainPort === undefined ? {} : { chainPort: parsePort(chainPort) }),
    ...(brokerPort === undefined ? {} : { brokerPort: parsePort(brokerPort) }),
  };
}

/** A sandbox that is up stays as it is: what was asked for must not be taken for granted. */
function refuseOther({ transport, chain, broker }: NetworkState, wanted: Wanted): void {
  const differs =
    transport !== wanted.transport ||
    (wanted.chainPort ?? chain.port) !== chain.port ||
    (wanted.brokerPort ?? broker?.port) !== broker?.port;
  if (!differs) return;
  throw new MsgError(
    'config',
    `the sandbox is up already, otherwise than asked for (${transport})`,
    {
      hint: 'stop it with "msg sandbox down", then start it again',
    },
  );
}

function transportOf(
  { kafka, secure }: SandboxUpOptions,
  previous: NetworkState | undefined,
): SandboxTransport {
  if (secure === true) return 'kafka-secure';
  return kafka === true ? 'kafka' : (previous?.transport ?? 'embedded');
}

function isUp({ chain, broker }: NetworkState, directory: string): boolean {
  return [chain, broker].every((one) => one === undefined || isAtWorkIn(directory, one.pid));
}

/** Stops what still runs, and says how many that were; `patience` in ms before it is killed. */
async function stopRest(
  network: NetworkState | undefined,
  directory: string,
  patience?: number,
): Promise<number> {
  const running = [network?.broker, network?.chain]
    .filter((one) => one !== undefined)
    .filter(({ pid }) => isAtWorkIn(directory, pid));
  await Promise.all(running.map(({ pid }) => stopProcess(pid, patience)));
  return running.length;
}

function purge(
  network: NetworkState | undefined,
  directories: Directories,
  { report }: Pick<Context, 'report'>,
): void {
  for (const name of purgeNetwork(network, sandboxDirectory(directories), directories)) {
    report.warn(`kept the profile ${name}, its keys and ledger: it is not the sandbox's any more`);
  }
}

function noSandbox(): MsgError {
  return new MsgError('not-found', 'there is no sandbox', {
    hint: 'raise one with "msg sandbox up"',
  });
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new MsgError('usage', `not a port: ${text}`, { hint: 'give a number from 1 to 65535' });
}

async function print(
  network: NetworkState,
  at: string,
  { io, json }: Pick<Context, 'io' | 'json'>,
): Promise<void> {
  const state = isUp(network, at) ? 'up' : 'down';
  const { transport, chain, broker, directory, profiles } = network;
  if (json) {
    const fields = { state, transport, chain: chain.url, broker: broker?.url, directory, profiles };
    await io.stdout.write(`${JSON.stringify(fields)}\n`);
    return;
  }
  const [sender = '', receiver = ''] = profiles;
  const lines = [
    `sandbox    ${state} (${transport})`,
    `chain      ${chain.url}`,
    ...(broker === undefined ? [] : [`broker     ${broker.url}`]),
    `directory  ${directory}`,
    `profiles   ${profiles.join(', ')}`,
    ...(state === 'up'
      ? [
          '',
          'Try, in two terminals:',
          `  msg --profile ${receiver} listen`,
          `  msg --profile ${sender} send ${receiver} ./file`,
        ]
      : []),
  ];
  await io.stdout.write(`${lines.join('\n')}\n`);
}
