import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { KafkaCluster } from '../support/kafka-cluster.js';
import { Chance } from './delivery/chance.js';
import { exchange, figuresOf } from './traffic/exchange.js';
import { judge } from './traffic/judge.js';
import { raiseStage, SIDES, type Stage } from './traffic/stage.js';
import type { Verdict } from './verdict.js';

/** What may happen to a broker, while the others go on. */
const TROUBLES = ['SIGTERM', 'SIGKILL', 'freeze'] as const;
type Trouble = (typeof TROUBLES)[number] | 'outage';

/** A broker that is away, or frozen, is so for as long, in milliseconds; it is missed after six seconds. */
const AWAY = { shortest: 500, longest: 14_000 };

/** Between two troubles a broker catches up, and the cluster has a majority again; in milliseconds. */
const QUIET = { shortest: 4_000, longest: 8_000 };

/** Every so many rounds two of the three brokers are away, and nothing can be written. */
const OUTAGE_EVERY = 5;

interface Options {
  readonly rounds: number;
  readonly rate: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly isBuilt: boolean;
}

/**
 * `npm run torture -- cluster [--rounds 10] [--rate 20] [--seed N] [--keep] [--built]`: two peers write to
 * each other without a break over three brokers of Apache Kafka that keep every record thrice, while these
 * are ended in order, killed and frozen, one after the other and sometimes two at once.
 */
export async function run(args: readonly string[]): Promise<Verdict> {
  const options = parse(args);
  if (!options.isBuilt) {
    execFileSync(process.execPath, ['scripts/build.js', '--no-types'], { stdio: 'ignore' });
  }
  const cluster = await KafkaCluster.raise();
  try {
    const stage = await raiseStage({ transport: 'embedded', settings: { transport: cluster.url } });
    try {
      say(`raised the network below ${stage.home}`);
      return await perform(stage, cluster, options);
    } finally {
      await stage.remove(options);
    }
  } finally {
    await cluster.remove();
  }
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '10' },
      rate: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      built: { type: 'boolean', default: false },
    },
  });
  const { rounds, rate, seed, keep, built: isBuilt } = values;
  return { rounds: Number(rounds), rate: Number(rate), seed: Number(seed), keep, isBuilt };
}

async function perform(stage: Stage, cluster: KafkaCluster, options: Options): Promise<Verdict> {
  for (const side of SIDES) await stage.msg(side, ['inbox', 'create', '--partitions', '2']);
  const { result, seconds, evidence, endedWell } = await exchange(stage, {
    ...{ rate: options.rate, onStep: say },
    during: () => disturb(cluster, options),
  });
  const { promises, traffic } = judge(evidence);
  return {
    promises: [...promises, endedWell],
    figures: { ...figuresOf(traffic, seconds), ...result },
  };
}

/** Plays the troubles one after the other; says how often each came. */
async function disturb(
  cluster: KafkaCluster,
  { rounds, seed }: Options,
): Promise<Readonly<Record<Trouble, number>>> {
  const chance = new Chance(seed);
  const counts = { SIGTERM: 0, SIGKILL: 0, freeze: 0, outage: 0 };
  const wait = ({ shortest, longest }: typeof AWAY) => pause(chance.between(shortest, longest));
  await wait(QUIET);
  for (let round = 1; round <= rounds; round += 1) {
    const trouble = round % OUTAGE_EVERY === 0 ? 'outage' : chance.oneOf(TROUBLES);
    const id = chance.oneOf(cluster.ids);
    const other = chance.oneOf(cluster.ids.filter((one) => one !== id));
    counts[trouble] += 1;
    if (trouble === 'freeze') {
      cluster.freeze(id, true);
      say(`round ${round}: broker ${id} stands still`);
      await wait(AWAY);
      cluster.freeze(id, false);
    } else {
      const ids = trouble === 'outage' ? [id, other] : [id];
      const signal = trouble === 'outage' ? 'SIGKILL' : trouble;
      await Promise.all(ids.map((one) => cluster.end(one, signal)));
      say(`round ${round}: ${signal} has ended broker ${ids.join(' and ')}`);
      await wait(AWAY);
      await Promise.all(ids.map((one) => cluster.start(one)));
    }
    say(`round ${round}: all brokers run again`);
    await wait(QUIET);
  }
  return counts;
}

function say(sentence: string): void {
  process.stderr.write(`${new Date().toISOString()} ${sentence}\n`);
}
