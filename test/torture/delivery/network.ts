import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNetwork } from '../../../src/sandbox/network-file.js';
import { msg } from '../../support/msg.js';

/** A sandbox that is killed and raised again. */
export class Network {
  readonly home: string;

  private constructor(home: string) {
    this.home = home;
  }

  /** @param flags as `msg sandbox up` takes them. */
  static async raise(flags: readonly string[]): Promise<Network> {
    const network = new Network(await mkdtemp(join(tmpdir(), 'msg-torture-')));
    await network.#up(flags);
    return network;
  }

  /** Kills a part with SIGKILL and raises the whole again. */
  async kill(what: 'broker' | 'chain'): Promise<void> {
    const pid = readNetwork(join(this.home, 'state', '.sandbox'))?.[what]?.pid;
    if (pid === undefined) throw new Error(`the sandbox has no ${what}`);
    process.kill(pid, 'SIGKILL');
    await this.#up([]);
  }

  /** Stops it, and leaves its files where they are. */
  async leave(): Promise<void> {
    await msg(['sandbox', 'down'], { home: this.home });
  }

  async remove(): Promise<void> {
    await msg(['sandbox', 'down', '--purge'], { home: this.home });
    await rm(this.home, { recursive: true, force: true });
  }

  async #up(flags: readonly string[]): Promise<void> {
    const up = await msg(['sandbox', 'up', ...flags], { home: this.home });
    if (up.code !== 0) throw new Error(`the sandbox did not come up: ${up.stderr}`);
  }
}
