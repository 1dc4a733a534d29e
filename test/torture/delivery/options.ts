import { parseArgs } from 'node:util';
import { largestInOnePiece } from './network.js';
import { SINKS, type Ingredients, type OutageKind, type Sink } from './plan.js';

const USAGE = `npm run torture -- delivery [--json] [--rounds N] [--seed N] [--first N] [--lanes N]
  [--transport embedded|kafka] [--sinks out,exec] [--largest BYTES] [--disks]

Senders and listeners, killed with SIGKILL between two steps and at any time, brokers and chain too;
with --disks their disks are full at times, which takes Linux and unshare. A round depends on its seed and number alone: --first N goes on where an earlier run ended. Each lane
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
  /** Whether states and sinks lie on disks of their own. */
  readonly disks: boolean;
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
      largest: { type: 'string', default: '4000000' },
      disks: { type: 'boolean', default: false },
    },
  });
  const { transport, disks } = values;
  if (transport !== 'kafka' && transport !== 'embedded') throw new Error(USAGE);
  return {
    ...{ rounds: whole(values.rounds), seed: whole(values.seed), first: whole(values.first) },
    ...{ lanes: Math.max(1, whole(values.lanes)), transport, disks },
    ingredients: {
      sinks: values.sinks.split(',').map(sink),
      outages: [
        'chain killed',
        ...(transport === 'kafka' ? BROKER_OUTAGES : []),
        ...(disks ? DISK_OUTAGES : []),
      ],
      chunked: largestInOnePiece(transport),
      largest: whole(values.largest),
    },
  };
}

const BROKER_OUTAGES: readonly OutageKind[] = ['broker killed', 'broker stopped'];
const DISK_OUTAGES: readonly OutageKind[] = [
  "sender's disk full",
  "listener's disk full",
  "sink's disk full",
];

function whole(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(USAGE);
}

function sink(text: string): Sink {
  const found = SINKS.find((one) => one === text);
  if (found === undefined) throw new Error(USAGE);
  return found;
}
