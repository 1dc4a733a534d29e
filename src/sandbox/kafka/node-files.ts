import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MsgError } from '../../errors.js';
import { claimPort } from '../port.js';
import type { BrokerOptions } from './options.js';
import { SCRAM_MECHANISMS, scramArgument, type ScramMechanism } from './scram.js';
import { serverProperties, type BrokerPorts, type BrokerStores } from './server-properties.js';
import { BROKER_SUBJECT, brokerStores, writeBrokerStores } from './tls.js';

const run = promisify(execFile);

/** The files of one broker node, ready to be started. */
export interface NodeFiles {
  readonly ports: BrokerPorts;
  readonly isSecure: boolean;
  readonly stores: BrokerStores;
  readonly properties: string;
  readonly log: string;
}

/** What has to stay the same from one start to the next. */
interface NodeState {
  readonly ports: BrokerPorts;
  readonly superUsers: readonly string[] | undefined;
}

/** Writes the configuration; for a new node also certificates, users and formatted storage. */
export async function prepareNode(options: BrokerOptions, classPath: string): Promise<NodeFiles> {
  const { directory } = options;
  const stateFile = join(directory, 'broker.json');
  const isNew = !existsSync(stateFile);
  const state = isNew ? await newState(options) : parseState(await readFile(stateFile, 'utf8'));
  const ports = isNew ? state.ports : await reclaim(state.ports, options.port);
  const isSecure = state.superUsers !== undefined;
  if (isNew && isSecure) await writeBrokerStores(directory);
  const properties = join(directory, 'server.properties');
  const stores = brokerStores(directory);
  const text = serverProperties({
    ports,
    dataDirectory: join(directory, 'data'),
    secure: state.superUsers === undefined ? undefined : { stores, superUsers: state.superUsers },
    extraListeners: options.extraListeners ?? [],
    overrides: options.settings ?? {},
  });
  await writeFile(properties, text);
  if (isNew) await formatStorage(properties, classPath, options);
  await writeFile(stateFile, JSON.stringify({ ...state, ports }));
  return { ports, isSecure, stores, properties, log: join(directory, 'server.log') };
}

async function newState({ port, secure }: BrokerOptions): Promise<NodeState> {
  const ports = {
    client: await claimPort(port ?? 0),
    controller: await claimPort(0),
    internal: await claimPort(0),
  };
  return { ports, superUsers: secure && [BROKER_SUBJECT, secure.admin.name] };
}

async function reclaim(ports: BrokerPorts, client = ports.client): Promise<BrokerPorts> {
  await claimPort(client);
  await claimPort(ports.controller);
  return { ...ports, client };
}

async function formatStorage(
  properties: string,
  classPath: string,
  { secure, clusterId = newClusterId() }: BrokerOptions,
): Promise<void> {
  const users = secure === undefined ? [] : [secure.admin, ...secure.users];
  const mechanisms = Object.keys(SCRAM_MECHANISMS) as ScramMechanism[];
  const scram = users.flatMap((user) =>
    mechanisms.flatMap((mechanism) => ['--add-scram', scramArgument(user, mechanism)]),
  );
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties, ...scram];
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath];
  try {
    await run('java', [...flags, ...tool]);
  } catch (cause) {
    const text = `the broker’s storage could not be formatted: ${complaintOf(cause)}`;
    throw new MsgError('broker-unreachable', text, {
      hint: 'see the cause with -vv; Java 17 or newer is needed',
      cause,
    });
  }
}

/** What a tool complained of, or how it ended where it said nothing. */
function complaintOf(failure: unknown): string {
  const { stdout, stderr, signal, code } = failure as Partial<Record<string, unknown>>;
  const lines = [stdout, stderr].flatMap((text) =>
    typeof text === 'string' ? text.split('\n').filter((line) => line.trim() !== '') : [],
  );
  const line = lines.find((one) => /Exception|Error/.test(one)) ?? lines.at(-1);
  return (line ?? `it ended with ${String(signal ?? code)}`).slice(0, 300);
}

/** As Kafka makes them: 16 bytes in base64url, never with a hyphen in front. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}

function parseState(text: string): NodeState {
  const state: unknown = JSON.parse(text);
  if (isRecord(state) && isRecord(state['ports'])) {
    const { client, controller, internal } = state['ports'];
    const users = state['superUsers'];
    if (
      typeof client === 'number' &&
      typeof controller === 'number' &&
      typeof internal === 'number'
    ) {
      const superUsers = Array.isArray(users) ? users.map(String) : undefined;
      return { ports: { client, controller, internal }, superUsers };
    }
  }
  throw new MsgError('config', 'the broker’s state file is damaged', {
    hint: 'remove the directory to start with a new broker',
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
