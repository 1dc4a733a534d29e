import type { PromiseVerdict } from '../verdict.js';
import type { RoundPlan } from './plan.js';
import { PROMISES, type PromiseName, type RoundReport } from './report.js';

/** What all rounds together have shown. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #breaches = new Map<PromiseName, string[]>();

  add({ number, sink, outage }: RoundPlan, report: RoundReport): void {
    this.#count('rounds', 1);
    this.#count('messages', report.messages);
    this.#count('inChunks', report.inChunks);
    this.#count('inEnvelopes', report.inEnvelopes);
    this.#count('bytes', report.bytes);
    this.#count(sink === 'out' ? 'files' : 'handlerCalls', report.arrivals);
    this.#count('kills', report.killedAt.length);
    for (const place of report.killedAt) this.#count(`killed: ${place}`, 1);
    if (outage !== undefined) this.#count(`outage: ${outage.what}`, 1);
    for (const { promise, breach } of report.breaches) {
      const breaches = this.#breaches.get(promise) ?? [];
      this.#breaches.set(promise, [...breaches, `round ${number}: ${breach}`]);
    }
  }

  get rounds(): number {
    return this.#counts.get('rounds') ?? 0;
  }

  get promises(): readonly PromiseVerdict[] {
    return Object.entries(PROMISES).map(([name, promise]) => ({
      promise,
      breaches: this.#breaches.get(name as PromiseName) ?? [],
    }));
  }

  /** The totals, then how often was killed where, by name. */
  get figures(): Readonly<Record<string, number>> {
    const detailed = [...this.#counts].filter(([name]) => name.includes(' '));
    const plain = [...this.#counts].filter(([name]) => !name.includes(' '));
    return Object.fromEntries([...plain, ...detailed.sort(([a], [b]) => (a < b ? -1 : 1))]);
  }

  #count(name: string, more: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + more);
  }
}
