import { parseOptions, type DeliveryOptions } from './delivery/options.js';
import { Network } from './delivery/network.js';
import { planRound } from './delivery/plan.js';
import { playRound } from './delivery/round.js';
import { mayMount, runWhereDisksCanBeMounted } from './delivery/small-disk.js';
import { Tally } from './delivery/tally.js';
import type { Verdict } from './verdict.js';

/** Kills senders, listeners, broker and chain, and compares what was sent with what arrived. */
export async function run(args: readonly string[]): Promise<Verdict> {
  const options = parseOptions(args);
  if (options.disks && !mayMount()) return runWhereDisksCanBeMounted('delivery', args);
  const { seed, first, lanes, transport } = options;
  const tally = new Tally();
  const began = performance.now();
  const numbers = numbersOf(options);
  await Promise.all(Array.from({ length: lanes }, () => playLane(numbers, options, tally)));
  const seconds = Math.round((performance.now() - began) / 1000);
  return {
    promises: tally.promises,
    figures: { transport, seed, first, lanes, seconds, ...tally.figures },
  };
}

/** After so many rounds the figures so far are shown. */
const SAY_AFTER = 25;

/** The numbers of the rounds, each for whichever lane comes first. */
function* numbersOf({ first, rounds }: DeliveryOptions): Generator<number, undefined> {
  for (let number = first; number < first + rounds; number++) yield number;
}

async function playLane(
  numbers: Generator<number, undefined>,
  options: DeliveryOptions,
  tally: Tally,
): Promise<void> {
  let network = await Network.raise(options);
  // Not for…of: a lane that ends must not end the numbers of the others.
  for (let next = numbers.next(); next.done !== true; next = numbers.next()) {
    const isClean = await play(next.value, network, options, tally);
    if (isClean) continue;
    // What is broken stays to be looked at, and must not disturb the rounds that follow.
    await network.leave();
    network = await Network.raise(options);
  }
  await network.remove();
}

/** @returns whether every promise was kept. */
async function play(
  number: number,
  network: Network,
  { seed, ingredients }: DeliveryOptions,
  tally: Tally,
): Promise<boolean> {
  const began = performance.now();
  const plan = planRound(seed, number, ingredients);
  const report = await playRound(plan, network);
  tally.add(plan, report);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const counts = `${report.messages} messages, ${report.killedAt.length} kills`;
  const lines = [
    `round ${number}: ${counts}, ${seconds} s`,
    ...report.breaches.map(({ breach }) => `BREACH in round ${number}, ${network.home}: ${breach}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  // A long run may be cut short.
  if (tally.rounds % SAY_AFTER === 0) {
    process.stderr.write(`so far: ${JSON.stringify(tally.figures)}\n`);
  }
  return report.breaches.length === 0;
}
