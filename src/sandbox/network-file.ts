import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../config/json-text.js';
import { MsgError } from '../errors.js';

/** How the sandbox's network carries messages. */
export type SandboxTransport = 'embedded' | 'kafka' | 'kafka-secure';

/** What is known about a network between two runs of msg. */
export interface NetworkState {
  readonly transport: SandboxTransport;
  readonly chain: { readonly url: string; readonly port: number; readonly pid: number };
  readonly chainId: number;
  /** The directory contract's address. */
  readonly directory: string;
  readonly broker?: { readonly url: string; readonly port: number; readonly pid: number };
  /** The profiles that were made, peers first. */
  readonly profiles: readonly string[];
}

/** The network that lies in a directory, running or not; undefined when there is none. */
export function readNetwork(directory: string): NetworkState | undefined {
  const path = networkPath(directory);
  if (!existsSync(path)) return undefined;
  const parsed = parseJson(readFileSync(path, 'utf8'));
  if (parsed.ok && isNetworkState(parsed.value)) return parsed.value;
  throw new MsgError('config', `${path} is damaged`, {
    hint: `remove ${directory} and make the sandbox anew`,
  });
}

/** Keeps what the next run has to know, whole or not at all. */
export function writeNetwork(directory: string, state: NetworkState): void {
  const path = networkPath(directory);
  writeFileSync(`${path}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function networkPath(directory: string): string {
  return join(directory, 'network.json');
}

function isNetworkState(value: unknown): value is NetworkState {
  if (typeof value !== 'object' || value === null) return false;
  const { transport, chain, broker, chainId, directory, profiles } = value as Partial<
    Record<string, unknown>
  >;
  return (
    (transport === 'embedded' || transport === 'kafka' || transport === 'kafka-secure') &&
    isProcess(chain) &&
    (broker === undefined || isProcess(broker)) &&
    Number.isSafeInteger(chainId) &&
    typeof directory === 'string' &&
    Array.isArray(profiles) &&
    profiles.every((profile) => typeof profile === 'string')
  );
}

function isProcess(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { url, port, pid } = value as Partial<Record<string, unknown>>;
  const isPid = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0;
  return typeof url === 'string' && typeof port === 'number' && isPid;
}
