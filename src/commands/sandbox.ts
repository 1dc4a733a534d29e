import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { directoriesOf, profileDirectoriesOf, type Directories } from '../config/directories.js';
import { parseProfileName } from '../config/profile-name.js';
import { openProfileStore } from '../config/profile-store.js';
import { MsgError } from '../errors.js';
import { readNetwork, type NetworkState, type SandboxTransport } from '../sandbox/network-file.js';
import { raiseNetwork } from '../sandbox/network.js';
import { isRunning, stopProcess } from '../sandbox/process.js';
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
  if (previous !== undefined && isUp(previous)) {
    context.report.note('the sandbox is up already; "msg sandbox down" stops it');
    await print(previous, context);
    return;
  }
  await stopRest(previous);
  const network = await raiseNetwork({
    ...{ directory, directories, detached: true, clock: context.clock, random: context.random },
    transport: transportOf(options, previous),
    ...(previous === undefined ? {} : { previous }),
    ...(options.chainPort === undefined ? {} : { chainPort: parsePort(options.chainPort) }),
    ...(options.brokerPort === undefined ? {} : { brokerPort: parsePort(options.brokerPort) }),
    onStep: (what, milliseconds) => {
      context.report.note(`${what} (${milliseconds} ms)`);
    },
  });
  await network.carrier.administration.close();
  await print(network.state, context);
}

/** Stops what runs; with `purge`, forgets the network and its profiles too. */
export async function down(
  options: { readonly purge?: boolean | undefined },
  context: Context,
): Promise<void> {
  const directories = directoriesFor(context);
  const network = readNetwork(sandboxDirectory(directories));
  if (network === undefined) throw noSandbox();
  const wasUp = isUp(network);
  await stopRest(network);
  context.report.note(wasUp ? 'stopped the sandbox' : 'the sandbox was not up');
  if (options.purge === true) purge(network, directories);
}

/** Says what runs, and how to use it. */
export async function status(_options: object, context: Context): Promise<void> {
  const network = readNetwork(sandboxDirectory(directoriesFor(context)));
  if (network === undefined) throw noSandbox();
  await print(network, context);
}

/** Where the sandbox lies; no profile can have this name. */
export function sandboxDirectory(directories: Directories): string {
  return join(directories.state, '.sandbox');
}

function directoriesFor({ io }: Context): Directories {
  return directoriesOf({ env: io.env, home: homedir(), cwd: process.cwd() });
}

function transportOf(
  { kafka, secure }: SandboxUpOptions,
  previous: NetworkState | undefined,
): SandboxTransport {
  if (secure === true) return 'kafka-secure';
  return kafka === true ? 'kafka' : (previous?.transport ?? 'embedded');
}

function isUp({ chain, broker }: NetworkState): boolean {
  return isRunning(chain.pid) && (broker === undefined || isRunning(broker.pid));
}

async function stopRest(network: NetworkState | undefined): Promise<void> {
  if (network === undefined) return;
  for (const one of [network.broker, network.chain]) {
    if (one !== undefined && isRunning(one.pid)) await stopProcess(one.pid);
  }
}

function purge(network: NetworkState, directories: Directories): void {
  const base = { directory: directories.config, home: homedir() };
  const profiles = openProfileStore(directories, base);
  for (const name of network.profiles.map(parseProfileName)) {
    if (profiles.read().profiles.has(name)) profiles.remove(name);
    const own = profileDirectoriesOf(directories, name);
    rmSync(own.state, { recursive: true, force: true });
    rmSync(own.keys, { recursive: true, force: true });
  }
  rmSync(sandboxDirectory(directories), { recursive: true, force: true });
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

async function print(network: NetworkState, { io, json }: Context): Promise<void> {
  const state = isUp(network) ? 'up' : 'down';
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
