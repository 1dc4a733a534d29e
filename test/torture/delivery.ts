import { parseArgs } from 'node:util';
import { Network } from './delivery/network.js';
import { planRound, type Ingredients, type Sink } from './delivery/plan.js';
import { playRound } from './delivery/round.js';
import type { Verdict } from './verdict.js';

const USAGE = `npm run torture -- delivery [--rounds N] [--seed N] [--first N] [--transport embedded|kafka]
  [--sinks out,exec] [--largest BYTES]

Senders and listeners, killed with SIGKILL between two steps and at any time, brokers and chain too.
A round depends on its seed and number alone: --first N goes on where an earlier run ended.`;

/** Kills senders, listeners, broker and chain, and compares what was sent with what arrived. */
export async function run(args: readonly string[]): Promise<Verdict> {
  const options = parse(args);
  const { rounds, seed, first, flags, ingredients } = options;
  const network = await Network.raise(flags);
  const totals = { messages: 0, bytes: 0, kills: 0, outages: 0 };
  const breaches: string[] = [];
  const began = performance.now();
  try {
    for (let number = first; number < first + rounds; number++) {
      const plan = planRound(seed, number, ingredients);
      const report = await playRound(plan, network);
      totals.messages += report.messages;
      totals.bytes += report.bytes;
      totals.kills += report.kills;
      totals.outages += plan.outage === undefined ? 0 : 1;
      breaches.push(...report.breaches);
      process.stderr.write(`round ${number}: ${report.messages} messages, ${report.kills} kills\n`);
      for (const breach of report.breaches) process.stderr.write(`BREACH ${breach}\n`);
    }
  } finally {
    if (breaches.length === 0) await network.remove();
    else process.stderr.write(`the network is left in ${network.home}\n`);
  }
  return {
    promises: [{ promise: 'every message arrives, and none twice', breaches }],
    figures: {
      ...{ rounds, seed, first, transport: flags.length === 0 ? 'embedded' : 'kafka', ...totals },
      seconds: Math.round((performance.now() - began) / 1000),
    },
  };
}

interface Options {
  readonly rounds: number;
  readonly seed: number;
  readonly first: number;
  readonly flags: readonly string[];
  readonly ingredients: Ingredients;
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '25' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      transport: { type: 'string', default: 'embedded' },
      sinks: { type: 'string', default: 'out' },
      largest: { type: 'string', default: '900000' },
    },
  });
  const hasBroker = values.transport === 'kafka';
  if (!hasBroker && values.transport !== 'embedded') throw new Error(USAGE);
  return {
    ...{ rounds: whole(values.rounds), seed: whole(values.seed), first: whole(values.first) },
    flags: hasBroker ? ['--kafka'] : [],
    ingredients: {
      ...{ sinks: values.sinks.split(',').map(sink), hasBroker },
      largest: whole(values.largest),
    },
  };
}

function whole(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(USAGE);
}

function sink(text: string): Sink {
  if (text === 'out' || text === 'exec') return text;
  throw new Error(USAGE);
}
