import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNetwork, writeNetwork, type NetworkState } from '../../src/sandbox/network-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const state: NetworkState = {
  transport: 'kafka',
  chain: { url: 'http://127.0.0.1:8545', port: 8545, pid: 4242 },
  chainId: 1_337_000_001,
  directory: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  broker: { url: 'kafka://127.0.0.1:9092', port: 9092, pid: 4243 },
  profiles: ['alice', 'bob'],
};

describe('what is known about a network', () => {
  it('is read back as it was written', () => {
    const directory = temporaryDirectory();
    writeNetwork(directory, state);
    expect(readNetwork(directory)).toEqual(state);
  });

  it('is nothing where there is no network', () => {
    expect(readNetwork(temporaryDirectory())).toBeUndefined();
  });

  it.each([
    ['half a file', '{"transport": "kafka"'],
    ['no object', 'null'],
    ['an unknown transport', JSON.stringify({ ...state, transport: 'pigeon' })],
    ['a process group', JSON.stringify({ ...state, chain: { ...state.chain, pid: -1 } })],
    ['every process', JSON.stringify({ ...state, chain: { ...state.chain, pid: 0 } })],
    ['a broker without process', JSON.stringify({ ...state, broker: { url: 'x', port: 1 } })],
    ['profiles that are no names', JSON.stringify({ ...state, profiles: [1] })],
  ])('is never taken from a damaged file: %s', (_what, text) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'network.json'), text);
    expect(() => readNetwork(directory)).toThrow(
      expect.objectContaining({
        code: 'config',
        message: expect.stringMatching(/is damaged$/) as string,
      }),
    );
  });
});
