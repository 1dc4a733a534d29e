import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RpcClient } from '../../src/registry/rpc.js';
import type { ChainOptions, SandboxChain } from '../../src/sandbox/chain.js';
import { startChain } from '../../src/sandbox/chain.js';
import { isRunning, stopProcess } from '../../src/sandbox/process.js';

const running: SandboxChain[] = [];
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'msg-test-chain-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((chain) => chain.stop()));
});

async function start(options: ChainOptions = {}): Promise<SandboxChain> {
  const chain = await startChain(options);
  running.push(chain);
  return chain;
}

/** The newest block in a chain's file; undefined while that is not there, or not whole. */
function savedBlock(stateFile: string): number | undefined {
  try {
    const state = JSON.parse(readFileSync(stateFile, 'utf8')) as { best_block_number: unknown };
    return Number(state.best_block_number);
  } catch {
    return undefined;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 25_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the local chain', () => {
  it('answers on a free port with ten funded accounts, always the same', async () => {
    const [first, second] = [await start(), await start({ chainId: 4242 })];
    expect(first.chainId).toBe(31_337n);
    expect(second.chainId).toBe(4242n);
    expect(first.port).not.toBe(second.port);
    expect(first.accounts).toHaveLength(10);
    expect(second.accounts).toEqual(first.accounts);
    const rpc = new RpcClient({ urls: [first.url] });
    const balance = await rpc.call('eth_getBalance', [first.accounts[9]?.address, 'latest']);
    expect(BigInt(String(balance))).toBe(10_000n * 10n ** 18n);
  });

  it('keeps its state over a SIGKILL', async () => {
    const stateFile = join(directory, 'state', 'chain.json');
    const chain = await start({ stateFile });
    await new RpcClient({ urls: [chain.url] }).call('anvil_mine', ['0x5']);
    await until(() => savedBlock(stateFile) === 5);
    process.kill(chain.pid, 'SIGKILL');
    await chain.stop();
    const again = await start({ stateFile });
    expect(await new RpcClient({ urls: [again.url] }).call('eth_blockNumber', [])).toBe('0x5');
  });

  it('says which port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startChain({ port })).rejects.toMatchObject({
      code: 'config',
      message: `cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
    });
    server.close();
  });

  it('says what the node printed when it does not come up', async () => {
    const stateFile = join(directory, 'broken.json');
    writeFileSync(stateFile, 'not a state');
    await expect(startChain({ stateFile })).rejects.toMatchObject({ code: 'chain-unreachable' });
  });

  describe.skipIf(process.platform === 'win32')('whose parent is killed', () => {
    /** A program that starts a chain, prints its process id and waits. */
    async function parent(afterwards: string): Promise<number> {
      const program = join(directory, 'parent.mjs');
      await build({
        stdin: {
          contents: `import { startChain } from './src/sandbox/chain.ts';
            const chain = await startChain({ logFile: ${JSON.stringify(join(directory, 'log'))} });
            ${afterwards}; console.log(chain.pid); setInterval(() => {}, 1000);`,
          resolveDir: process.cwd(),
        },
        bundle: true,
        platform: 'node',
        format: 'esm',
        outfile: program,
        banner: { js: `const __base = ${JSON.stringify(import.meta.url)};` },
        define: { 'import.meta.url': '__base' },
      });
      const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      expect(isRunning(pid)).toBe(true);
      child.kill('SIGKILL');
      await once(child, 'exit');
      return pid;
    }

    it('ends with it', async () => {
      const pid = await parent('');
      await until(() => !isRunning(pid));
    });

    it('goes on once it was released, and is ended by its process id', async () => {
      const pid = await parent('chain.release()');
      // The watcher would have ended it within milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(isRunning(pid)).toBe(true);
      await stopProcess(pid);
      expect(isRunning(pid)).toBe(false);
    });
  });
});
