import { parseArgs } from 'node:util';
import type { Ingredients, Sink } from './plan.js';
import { SINKS } from './plan.js';

const USAGE = `npm run torture -- delivery [--json] [--rounds N] [--seed N] [--first N] [--lanes N]
  [--transport embedded|kafka] [--sinks out,exec] [--largest BYTES]

Senders and listeners, killed with SIGKILL between two steps and at any time, brokers and chain too.
A round depends on its seed and number alone: --first N goes on where an earlier run ended. Each lane
plays its rounds on a network of its own, beside the others.`;

/** How rounds are played. */
export interface DeliveryOptions {
  readonly rounds: number;
  readonly seed: number;
  /** The number of the first round. */
  readonly first: number;
  /** How many rounds are played at the same time. */
  readonly lanes: number;
  readonly transport: 'embedded' | 'kafka';
  readonly ingredients: Ingredients;
}

/** @throws Error that shows the usage. */
export function parseOptions(args: readonly string[]): DeliveryOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '25' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      lanes: { type: 'string', default: '2' },
      transport: { type: 'string', default: 'embedded' },
      sinks: { type: 'string', default: SINKS.join(',') },
      largest: { type: 'string', default: '900000' },
    },
  });
  const { transport } = values;
  if (transport !== 'kafka' && transport !== 'embedded') throw new Error(USAGE);
  return {
    ...{ rounds: whole(values.rounds), seed: whole(values.seed), first: whole(values.first) },
    ...{ lanes: Math.max(1, whole(values.lanes)), transport },
    ingredients: {
      sinks: values.sinks.split(',').map(sink),
      hasBroker: transport === 'kafka',
      largest: whole(values.largest),
    },
  };
}

function whole(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(USAGE);
}

function sink(text: string): Sink {
  const found = SINKS.find((one) => one === text);
  if (found === undefined) throw new Error(USAGE);
  return found;
}
