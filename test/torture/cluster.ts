import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { KafkaCluster } from '../support/kafka-cluster.js';
import { Chance } from './delivery/chance.js';
import { exchange, figuresOf } from './traffic/exchange.js';
import { judge } from './traffic/judge.js';
import { buildUnless, say } from './traffic/preparation.js';
import { raiseStage, SIDES, type Running, type Stage } from './traffic/stage.js';
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
  buildUnless(options.isBuilt);
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
    during: (listeners) => disturb({ stage, cluster, listeners }, options),
  });
  const { promises, traffic } = judge(evidence);
  return {
    promises: [...promises, endedWell, { promise: STARTS, breaches: result.breaches }],
    figures: { ...figuresOf(traffic, seconds), ...result.counts },
  };
}

const STARTS = 'what ends, and what begins, while one broker of three is away does so well';

/** What troubles come over. */
interface Scene {
  readonly stage: Stage;
  readonly cluster: KafkaCluster;
  readonly listeners: readonly Running[];
}

/** What became of the troubles. */
interface Disturbance {
  /** How often each came. */
  readonly counts: Readonly<Record<Trouble, number>>;
  readonly breaches: readonly string[];
}

/** Plays the troubles one after the other; in each that one broker has, a listener ends and begins anew. */
async function disturb(scene: Scene, { rounds, seed }: Options): Promise<Disturbance> {
  const { cluster } = scene;
  const chance = new Chance(seed);
  const counts = { SIGTERM: 0, SIGKILL: 0, freeze: 0, outage: 0 };
  const breaches: string[] = [];
  const wait = ({ shortest, longest }: typeof AWAY) => pause(chance.between(shortest, longest));
  await wait(QUIET);
  for (let round = 1; round <= rounds; round += 1) {
    const trouble = round % OUTAGE_EVERY === 0 ? 'outage' : chance.oneOf(TROUBLES);
    const id = chance.oneOf(cluster.ids);
    const other = chance.oneOf(cluster.ids.filter((one) => one !== id));
    counts[trouble] += 1;
    const ids = trouble === 'outage' ? [id, other] : [id];
    const end = await inflict(cluster, ids, trouble);
    say(`round ${round}: ${trouble}, broker ${ids.join(' and ')}`);
    const beginning = trouble === 'outage' ? [] : begin(scene, round % SIDES.length);
    await wait(AWAY);
    await end();
    say(`round ${round}: all brokers run again`);
    breaches.push(...(await beginning));
    await wait(QUIET);
  }
  return { counts, breaches };
}

/** Has a trouble come; gives what ends it. */
async function inflict(
  cluster: KafkaCluster,
  ids: readonly number[],
  trouble: Trouble,
): Promise<() => Promise<void>> {
  if (trouble === 'freeze') {
    for (const id of ids) cluster.freeze(id, true);
    return () => {
      for (const id of ids) cluster.freeze(id, false);
      return Promise.resolve();
    };
  }
  const signal = trouble === 'outage' ? 'SIGKILL' : trouble;
  await Promise.all(ids.map((id) => cluster.end(id, signal)));
  return async () => {
    await Promise.all(ids.map((id) => cluster.start(id)));
  };
}

/** Has the listener of a side end and begin anew, and a command ask, while a broker is away; says what failed. */
async function begin({ stage, listeners }: Scene, index: number): Promise<string[]> {
  const side = SIDES[index] ?? SIDES[0];
  const [ending, asked] = await Promise.allSettled([
    listeners[index]?.restart(),
    stage.msg(side, ['inbox', 'lag']),
  ]);
  const breaches = ending.status === 'fulfilled' ? [ending.value] : [String(ending.reason)];
  if (asked.status === 'rejected') breaches.push(String(asked.reason));
  return breaches.filter((one) => one !== undefined);
}
