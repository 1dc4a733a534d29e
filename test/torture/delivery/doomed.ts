import { resolve } from 'node:path';
import { RunningMsg, type Ended } from '../../support/msg.js';
import type { Death } from './plan.js';

const HOOK = resolve('test/torture/delivery/crash-at.mjs');

/** After so many runs without success a process will not come to its end. */
const MOST_RUNS = 60;

/** What still runs ends with this process. */
const running = new Set<RunningMsg>();
process.on('exit', () => {
  for (const { child } of running) child.kill('SIGKILL');
});

/** What is run. */
export interface Command {
  readonly args: readonly string[];
  /** Its standard input; empty where absent. */
  readonly input?: Uint8Array;
}

/** Where a process runs. */
export interface Surroundings {
  /** MSG_HOME. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A command line that is run again and again, and dies each time as planned. */
export class Doomed {
  readonly #surroundings: Surroundings;
  readonly #command: Command;
  readonly #deaths: Death[];
  #running: RunningMsg | undefined;
  #isEnding = false;
  /** Where it has died each time: a checkpoint, or `at random`. */
  readonly killedAt: string[] = [];

  constructor(surroundings: Surroundings, command: Command, deaths: readonly Death[] = []) {
    this.#surroundings = surroundings;
    this.#command = command;
    this.#deaths = [...deaths];
  }

  /**
   * Runs until it succeeds, as cron would: after its deaths, and again while a failure passes.
   *
   * @returns how it ended for good; a code other than 0 breaks a promise.
   */
  async untilDone(): Promise<Ended> {
    for (let runs = 1; ; runs++) {
      const ended = await this.#run();
      const passes = ended.signal === 'SIGKILL' || ended.code === 75 || ended.code === 6;
      if (!passes || runs === MOST_RUNS) return ended;
    }
  }

  /** Runs and is started anew when it dies, until it is told to end; complaints are what it says then. */
  async untilTold(): Promise<Ended[]> {
    const bad: Ended[] = [];
    while (!this.#isEnding) {
      const ended = await this.#run();
      const isPlanned = ended.signal === 'SIGKILL' || ended.code === 75 || this.#isEnding;
      if (!isPlanned) bad.push(ended);
      if (bad.length > 3) break;
    }
    return bad;
  }

  /** Tells a listener to end. */
  end(): void {
    this.#isEnding = true;
    this.#running?.child.kill('SIGTERM');
  }

  async #run(): Promise<Ended> {
    const death = this.#deaths.shift();
    const { home, env } = this.#surroundings;
    const { args, ...input } = this.#command;
    const own = { home, env: { ...env, ...environmentFor(death) } };
    const one = new RunningMsg(args, { ...own, ...input });
    this.#running = one;
    running.add(one);
    const timer =
      death !== undefined && 'after' in death
        ? setTimeout(() => one.child.kill('SIGKILL'), death.after)
        : undefined;
    const ended = await one.ended;
    running.delete(one);
    clearTimeout(timer);
    if (ended.signal === 'SIGKILL') this.killedAt.push(placeOf(death));
    return ended;
  }
}

function placeOf(death: Death | undefined): string {
  return death !== undefined && 'at' in death ? death.at : 'at random';
}

function environmentFor(death: Death | undefined): Record<string, string> {
  if (death === undefined || 'after' in death) return {};
  return {
    NODE_OPTIONS: `--import=${HOOK}`,
    TORTURE_CRASH: `${death.at}:${death.count}`,
  };
}
