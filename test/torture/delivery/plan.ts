import type { Checkpoint } from '../../../src/domain/checkpoint.js';
import { Chance } from './chance.js';

/** How a process dies: at a moment between two steps, or at any time. */
export type Death =
  { readonly at: Checkpoint; readonly count: number } | { readonly after: number };

/** What one process sends, and how often it dies at that. */
export interface SenderPlan {
  readonly via: 'send' | 'stdin' | 'batch' | 'envelopes';
  readonly compress: boolean;
  /** The size of each file, in bytes. */
  readonly sizes: readonly number[];
  readonly deaths: readonly Death[];
}

/** A listening process, and how often it dies at that. */
export interface ListenerPlan {
  readonly deaths: readonly Death[];
}

/** A round: who sends what, who listens how, and what happens to them. */
export interface RoundPlan {
  readonly number: number;
  readonly seed: number;
  readonly sink: Sink;
  /** Whether handlers want another try of some messages before they take them. */
  readonly isFlaky: boolean;
  readonly senders: readonly SenderPlan[];
  readonly listeners: readonly ListenerPlan[];
  /** The sender's own listener, which takes what confirms payloads in chunks; absent without such. */
  readonly confirming: ListenerPlan | undefined;
  /** How old the address book may be before the chain is asked. */
  readonly maxAge: '0s' | '60s';
  readonly outage: Outage | undefined;
}

/** Something everybody needs is taken away for a while; in milliseconds from the beginning on. */
export interface Outage {
  readonly what: OutageKind;
  readonly after: number;
  readonly lasting: number;
}

/** A node dies, or is stopped as an operator would; or there is no room on a disk. */
export type OutageKind =
  | 'chain killed'
  | 'broker killed'
  | 'broker stopped'
  | "sender's disk full"
  | "listener's disk full"
  | "sink's disk full";

/** Where messages can go: into a directory, to a handler, to a handler as a file. */
export const SINKS = ['out', 'exec', 'exec-file'] as const;

export type Sink = (typeof SINKS)[number];

/** What rounds are made of. */
export interface Ingredients {
  readonly sinks: readonly Sink[];
  readonly outages: readonly OutageKind[];
  /** What is larger goes in chunks, in bytes. */
  readonly chunked: number;
  /** The largest file, in bytes. */
  readonly largest: number;
}

const SENDER_POINTS: readonly Checkpoint[] = ['send:kept', 'publish:begun', 'publish:acknowledged'];
const CHUNK_POINTS: readonly Checkpoint[] = ['send:announced', 'send:chunk', 'send:chunk'];
const BATCH_POINTS: readonly Checkpoint[] = ['batch:begun', 'batch:sent', 'batch:finished'];
const LISTENER_POINTS: readonly Checkpoint[] = [
  'receive:judged',
  'receive:stored',
  'deliver:claimed',
  'deliver:delivered',
  'deliver:completed',
];
const SPOOL_POINTS: readonly Checkpoint[] = ['receive:spooled', 'receive:spooled'];
const FILE_POINTS: readonly Checkpoint[] = ['file:written', 'file:noted', 'file:linked'];

/** The same plan for the same seed and number, so that a round can be run again. */
export function planRound(seed: number, number: number, ingredients: Ingredients): RoundPlan {
  const chance = new Chance(seed * 1_000_003 + number);
  const sink = chance.oneOf(ingredients.sinks);
  const senders = many(chance, 1, 3, () => planSender(chance, ingredients));
  const inChunks = senders.some(({ sizes }) => sizes.some((size) => size > ingredients.chunked));
  const points = [
    ...LISTENER_POINTS,
    ...(sink === 'out' ? FILE_POINTS : []),
    ...(inChunks ? SPOOL_POINTS : []),
  ];
  const listeners = many(chance, 1, 2, () => planListener(chance, points));
  const confirming = inChunks ? planListener(chance, LISTENER_POINTS.slice(0, 2)) : undefined;
  const outage = planOutage(chance, ingredients);
  const isFlaky = sink !== 'out' && chance.happens(0.3);
  const maxAge = chance.oneOf(['0s', '60s'] as const);
  return { number, seed, sink, isFlaky, senders, listeners, confirming, maxAge, outage };
}

function planSender(chance: Chance, ingredients: Ingredients): SenderPlan {
  const via = chance.oneOf(['send', 'stdin', 'batch', 'batch', 'envelopes'] as const);
  const sizes =
    via === 'envelopes'
      ? many(chance, 1, 60, () => chance.between(0, 30_000))
      : many(chance, 1, via === 'batch' ? 8 : 1, () => planSize(chance, ingredients));
  const points = [
    ...SENDER_POINTS,
    ...(via === 'batch' ? BATCH_POINTS : []),
    ...(sizes.some((size) => size > ingredients.chunked) ? CHUNK_POINTS : []),
  ];
  const deaths = many(chance, 0, 2, () => planDeath(chance, points, Math.max(2, sizes.length)));
  const compress = (via === 'send' || via === 'stdin') && chance.happens(0.3);
  return { via, sizes, compress, deaths };
}

function planListener(chance: Chance, points: readonly Checkpoint[]): ListenerPlan {
  return { deaths: many(chance, 0, 3, () => planDeath(chance, points, 2)) };
}

function planSize(chance: Chance, { chunked, largest }: Ingredients): number {
  if (chance.happens(0.55)) return chance.between(0, 2_000);
  if (chance.happens(0.6)) return chance.between(2_000, 60_000);
  if (chance.happens(0.5)) return chance.between(60_000, chunked);
  return chance.between(chunked, largest);
}

function planDeath(chance: Chance, points: readonly Checkpoint[], most: number): Death {
  return chance.happens(0.6)
    ? { at: chance.oneOf(points), count: chance.between(1, most) }
    : { after: chance.between(20, 900) };
}

function planOutage(chance: Chance, { outages }: Ingredients): Outage | undefined {
  if (!chance.happens(0.2)) return undefined;
  const what = chance.oneOf(outages);
  return { what, after: chance.between(50, 800), lasting: chance.between(0, 3_000) };
}

function many<T>(chance: Chance, least: number, most: number, make: () => T): T[] {
  return Array.from({ length: chance.between(least, most) }, make);
}
