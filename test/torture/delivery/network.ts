import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readNetwork } from '../../../src/sandbox/network-file.js';
import { isAtWorkIn, stopProcess } from '../../../src/sandbox/process.js';
import { SURELY_FITS } from '../../../src/messaging/send-request.js';
import { msg } from '../../support/msg.js';
import { administrator, alterTopic } from '../../transport/kafka/bench.js';
import type { Outage } from './plan.js';
import { SmallDisk } from './small-disk.js';

/** The largest record of the inboxes on Kafka, in bytes: small, so that files have many chunks. */
const KAFKA_RECORD = 100_000;
/** More than sealing adds, in bytes. */
const ENVELOPE = 4_000;

/** All of an inbox's settings: what is not named falls back to the broker's own. */
const INBOX = {
  'max.message.bytes': String(KAFKA_RECORD),
  'message.timestamp.type': 'LogAppendTime',
  'compression.type': 'producer',
};

/** Up to this size, in bytes, a payload may be one record. */
export function largestInOnePiece(transport: 'embedded' | 'kafka'): number {
  return transport === 'kafka' ? KAFKA_RECORD - ENVELOPE : SURELY_FITS;
}

/** How a network is raised. */
export interface NetworkOptions {
  readonly transport: 'embedded' | 'kafka';
  /** Whether states and sinks lie on disks of their own. */
  readonly disks: boolean;
}

/** Where the disks are mounted, below the network's home. */
const DISKS = {
  "sender's disk full": 'state/alice',
  "listener's disk full": 'state/bob',
  "sink's disk full": 'sinks',
} as const;

/** A sandbox whose parts fail and come back. */
export class Network {
  readonly home: string;
  /** Below it the sinks of all rounds. */
  readonly sinks: string;
  /** What is larger goes in chunks, in bytes. */
  readonly chunked: number;
  readonly #disks = new Map<string, SmallDisk>();

  private constructor(home: string, chunked: number) {
    this.home = home;
    this.chunked = chunked;
    this.sinks = join(home, 'sinks');
    process.on('exit', this.#killParts);
  }

  static async raise({ transport, disks }: NetworkOptions): Promise<Network> {
    const home = await mkdtemp(join(tmpdir(), 'msg-torture-'));
    const network = new Network(home, largestInOnePiece(transport));
    if (disks) await network.#mountAll();
    await network.#up(transport === 'kafka' ? ['--kafka'] : []);
    if (transport === 'kafka') await network.#limitRecords();
    return network;
  }

  /** Takes something away, and gives it back when its time is over. */
  async suffer({ what, after, lasting }: Outage): Promise<void> {
    await pause(after);
    const restore = await this.#takeAway(what);
    await pause(lasting);
    await restore();
  }

  /** Stops it, and leaves its files where they are. */
  async leave(): Promise<void> {
    await this.#down();
    for (const disk of this.#disks.values()) await disk.unmountKeeping();
  }

  async remove(): Promise<void> {
    await this.#down();
    for (const disk of this.#disks.values()) await disk.unmount();
    await rm(this.home, { recursive: true, force: true });
  }

  /** They would go on without this process. */
  readonly #killParts = (): void => {
    const { chain, broker } = readNetwork(this.#sandbox) ?? {};
    for (const part of [chain, broker]) {
      if (part !== undefined && isAtWorkIn(this.#sandbox, part.pid))
        process.kill(part.pid, 'SIGKILL');
    }
  };

  async #down(): Promise<void> {
    await msg(['sandbox', 'down'], { home: this.home });
    process.off('exit', this.#killParts);
  }

  get #sandbox(): string {
    return join(this.home, 'state', '.sandbox');
  }

  async #takeAway(what: Outage['what']): Promise<() => Promise<void>> {
    if (what === 'chain killed') process.kill(this.#pidOf('chain'), 'SIGKILL');
    else if (what === 'broker killed') process.kill(this.#pidOf('broker'), 'SIGKILL');
    else if (what === 'broker stopped') await stopProcess(this.#pidOf('broker'));
    else {
      const disk = this.#disks.get(what);
      if (disk === undefined) throw new Error('the network has no disks');
      await disk.fill();
      return () => disk.empty();
    }
    return () => this.#up([]);
  }

  #pidOf(part: 'broker' | 'chain'): number {
    const pid = readNetwork(this.#sandbox)?.[part]?.pid;
    if (pid === undefined) throw new Error(`the sandbox has no ${part}`);
    return pid;
  }

  async #limitRecords(): Promise<void> {
    const { url = '' } = readNetwork(this.#sandbox)?.broker ?? {};
    const admin = await administrator(new URL(url).host);
    for (const peer of ['alice', 'bob']) {
      await alterTopic(admin, `msg.in.${peer}`, INBOX);
    }
    await admin.disconnect();
  }

  async #mountAll(): Promise<void> {
    for (const [name, path] of Object.entries(DISKS)) {
      this.#disks.set(name, await SmallDisk.mount(join(this.home, path)));
    }
  }

  async #up(flags: readonly string[]): Promise<void> {
    const up = await msg(['sandbox', 'up', ...flags], { home: this.home });
    if (up.code !== 0) throw new Error(`the sandbox did not come up: ${up.stderr}`);
  }
}
