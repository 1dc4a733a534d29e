import { setTimeout as pause } from 'node:timers/promises';
import { openPeer, type Peer } from '../../../src/index.js';
import type { RunningMsg } from '../../support/msg.js';
import { until } from '../../support/until.js';
import { sha256 } from './records.js';
import type { Stage } from './stage.js';

/** How long a message of an honest sender may take, in milliseconds. */
export const PATIENCE = 120_000;

/** How often one is sent, in milliseconds. */
const BEAT = 400;

/** An honest peer that sends without a break, and how long each of its messages takes. */
export class Honest {
  /** What was sent: the SHA-256 of each content, and what it was called. */
  readonly journal = new Map<string, string>();
  readonly #peer: Peer;
  readonly #stage: Stage;
  readonly #sentAt = new Map<string, number>();
  /** Of each id the program has named; it may do so before the sender knows that it has left. */
  readonly #arrivedAt = new Map<string, number>();
  #isEnding = false;
  #sending: Promise<void> = Promise.resolve();

  private constructor(stage: Stage) {
    this.#stage = stage;
    this.#peer = openPeer({ profile: 'alice', env: { MSG_HOME: stage.consortium.home } });
    let rest = '';
    stage.listener.child.stdout.on('data', (part: string) => {
      const lines = `${rest}${part}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { id } = JSON.parse(line) as { readonly id: string };
        this.#arrivedAt.set(id, performance.now());
      }
    });
  }

  /** Resolves when the first message has arrived: everybody is at work. */
  static async begin(stage: Stage): Promise<Honest> {
    const honest = new Honest(stage);
    await honest.afterAllOf('nothing yet');
    honest.#resume();
    return honest;
  }

  /** Milliseconds from before the sending to the program's line about the delivery, sorted. */
  get latencies(): readonly number[] {
    return [...this.#sentAt]
      .map(([id, begun]) => (this.#arrivedAt.get(id) ?? Infinity) - begun)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
  }

  /** Runs something while nothing is being sent. */
  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    await this.#pause();
    const result = await work();
    this.#resume();
    return result;
  }

  /** Sends one more, and resolves when it has arrived: everything before it in the log is judged. */
  async afterAllOf(what: string): Promise<void> {
    const id = await this.#send();
    const isOver = () => this.#arrivedAt.has(id) || endOf(this.#stage.listener) !== null;
    await until(what, isOver, PATIENCE).catch(() => undefined);
    if (!this.#arrivedAt.has(id)) throw new Error(this.#complaint(id, what));
  }

  /** Resolves when everything has arrived, or nothing more comes. */
  async end(): Promise<void> {
    await this.#pause();
    await this.#peer.close();
    const isThere = () => [...this.#sentAt.keys()].every((id) => this.#arrivedAt.has(id));
    await until('everything is there', isThere, PATIENCE).catch(() => undefined);
  }

  /** Everything that tells why a message has not arrived. */
  #complaint(id: string, what: string): string {
    const { listener } = this.#stage;
    const end = endOf(listener);
    const state = end === null ? 'goes on' : `ended with ${end}`;
    return `${id}, sent after ${what}, has not arrived; the listener ${state}:\n${listener.stderr}`;
  }

  async #pause(): Promise<void> {
    this.#isEnding = true;
    await this.#sending;
  }

  #resume(): void {
    this.#isEnding = false;
    this.#sending = this.#sendOn();
  }

  async #sendOn(): Promise<void> {
    while (!this.#isEnding) {
      await this.#send();
      await pause(BEAT);
    }
  }

  async #send(): Promise<string> {
    const text = `honest ${this.journal.size}`;
    const payload = Buffer.from(text);
    this.journal.set(sha256(payload), text);
    const begun = performance.now();
    const { id } = await this.#peer.send('bob', { payload });
    this.#sentAt.set(id, begun);
    return id;
  }
}

/** The exit code or the signal a program ended with; null while it goes on. */
function endOf({ child }: RunningMsg): number | string | null {
  return child.exitCode ?? child.signalCode;
}
