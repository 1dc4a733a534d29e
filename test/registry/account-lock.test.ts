import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from '../support/bundle-program.js';
import { until } from '../support/until.js';
import { newDirectory, peer, ROLE } from './directory.js';
import { nodeProxy } from './node-proxy.js';

const NOW = { maxAge: 0, maxStale: 1 };

describe('many writers of one account', () => {
  let program: string;

  beforeAll(async () => {
    program = await bundleProgram('test/registry/programs/writer.ts');
  });

  it('in one process all succeed', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const writer = await directory.writer(ROLE.owner);
    const names = Array.from({ length: 20 }, (_, index) => peer(`peer-${index}`));
    await Promise.all(names.map((name) => writer.register(name)));
    expect(await directory.book().list(NOW)).toHaveLength(20);
  });

  it('in eight processes all succeed', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const key = directory.chain.accounts[ROLE.owner]?.privateKey ?? '';
    const common = [program, directory.chain.url, directory.address, key, directory.scratch];
    const codes = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const names = [0, 1, 2].map((turn) => `peer-${index}-${turn}`);
        const child = spawn(process.execPath, [...common, ...names], { stdio: 'inherit' });
        const [code] = (await once(child, 'exit')) as [number | null];
        return code;
      }),
    );
    expect(codes).toEqual(Array(8).fill(0));
    expect(await directory.book().list(NOW)).toHaveLength(24);
  });

  it('are not held up by one that was killed while it held the lock', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const proxy = await nodeProxy(directory.chain.url);
    const hanging = new Promise<never>(() => undefined);
    proxy.interfere = ({ method }, forward) =>
      method === 'eth_sendRawTransaction' ? hanging : forward();
    const key = directory.chain.accounts[ROLE.owner]?.privateKey ?? '';
    const args = [program, proxy.url, directory.address, key, directory.scratch, 'acme'];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    await until('it holds the lock', () =>
      proxy.calls.some(({ method }) => method === 'eth_sendRawTransaction'),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    const writer = await directory.writer(ROLE.owner, { timeout: 5_000 });
    expect(await writer.register(peer('globex'))).toMatchObject({ kind: 'written' });
  });
});
