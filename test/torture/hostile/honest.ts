import { setTimeout as pause } from 'node:timers/promises';
import { openPeer, type Peer } from '../../../src/index.js';
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
  readonly #sentAt = new Map<string, number>();
  readonly #took = new Map<string, number>();
  #isEnding = false;
  #sending: Promise<void> = Promise.resolve();

  private constructor(stage: Stage) {
    this.#peer = openPeer({ profile: 'alice', env: { MSG_HOME: stage.consortium.home } });
    let rest = '';
    stage.listener.child.stdout.on('data', (part: string) => {
      const lines = `${rest}${part}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#note((JSON.parse(line) as { readonly id: string }).id);
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
    return [...this.#took.values()].sort((a, b) => a - b);
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
    await until(`what alice sent after ${what} has arrived`, () => this.#took.has(id), PATIENCE);
  }

  /** Resolves when everything has arrived, or nothing more comes. */
  async end(): Promise<void> {
    await this.#pause();
    await this.#peer.close();
    const isThere = () => this.#took.size === this.#sentAt.size;
    await until('everything is there', isThere, PATIENCE).catch(() => undefined);
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

  #note(id: string): void {
    const begun = this.#sentAt.get(id);
    // It may arrive before its sender knows that it has left.
    if (begun === undefined) void this.#noteLate(id);
    else this.#took.set(id, performance.now() - begun);
  }

  async #noteLate(id: string): Promise<void> {
    await pause(10);
    const begun = this.#sentAt.get(id);
    if (begun !== undefined) this.#took.set(id, performance.now() - begun);
  }
}
