import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { PromiseVerdict } from '../verdict.js';
import { isDelivered, type Evidence, type Traffic } from './judge.js';
import { otherOf, SIDES, type Running, type Side, type Stage } from './stage.js';

/** For how long what was sent may be on its way after the senders have ended, in milliseconds. */
const PATIENCE = 300_000;

/** What goes on while both sides write to each other. */
export interface ExchangeOptions<T> {
  /** Messages a second, half of them in each direction. */
  readonly rate: number;
  /** Ends the exchange when it ends; given the listeners of {@link SIDES}, in their order. */
  readonly during: (listeners: readonly Running[]) => Promise<T>;
  readonly onStep: (sentence: string) => void;
}

/** What came of an exchange. */
export interface Exchange<T> {
  readonly result: T;
  /** How long the senders sent. */
  readonly seconds: number;
  /** Nothing is forged so far. */
  readonly evidence: readonly Evidence[];
  readonly endedWell: PromiseVerdict;
}

/** Has both sides write to each other without a break for as long as something goes on, and waits for the rest. */
export async function exchange<T>(
  stage: Stage,
  { rate, during, onStep }: ExchangeOptions<T>,
): Promise<Exchange<T>> {
  for (const side of SIDES) mkdirSync(sinkOf(stage, side));
  const listeners = SIDES.map((side) =>
    stage.start(side, 'listen', [
      ...['bin/msg.js', '--profile', side, '--no-input', '--format', 'json'],
      ...['listen', '--out', sinkOf(stage, side)],
    ]),
  );
  const senders = SIDES.map((side, index) =>
    stage.start(side, 'send', [
      ...['scripts/run-ts.js', 'test/torture/traffic/sender.ts', side, otherOf(side)],
      ...[String(rate / SIDES.length), journalOf(stage, side)],
      listeners[1 - index]?.stdout ?? '',
    ]),
  );
  const began = performance.now();
  const result = await Promise.race([
    during(listeners),
    ...[...listeners, ...senders].map(failure),
  ]);
  const sendersEnded = await Promise.all(senders.map((one) => one.stop()));
  const seconds = (performance.now() - began) / 1_000;
  onStep('the senders have ended');
  await waitForTheRest(stage);
  const listenersEnded = await Promise.all(listeners.map((one) => one.stop()));
  const evidence = await Promise.all(SIDES.map((side) => evidenceOf(stage, side)));
  return { result, seconds, evidence, endedWell: endedWell([...sendersEnded, ...listenersEnded]) };
}

/** What both directions carried, in figures. */
export function figuresOf(
  counts: ReadonlyMap<Side, Traffic>,
  seconds: number,
): Record<string, number> {
  const entries = [...counts].flatMap(([side, { sent, delivered, failed }]) => [
    [`sent${capital(side)}`, sent],
    [`delivered${capital(side)}`, delivered],
    [`failedAttempts${capital(side)}`, failed],
  ]);
  const total = [...counts].reduce((sum, [, { sent }]) => sum + sent, 0);
  return {
    seconds: Math.round(seconds),
    ...(Object.fromEntries(entries) as Record<string, number>),
    messagesPerSecond: Math.round((total / seconds) * 10) / 10,
  };
}

/** A side's name as the last word of a figure's. */
export function capital(side: Side): string {
  return side.charAt(0).toUpperCase() + side.slice(1);
}

async function evidenceOf(stage: Stage, side: Side): Promise<Evidence> {
  const other = otherOf(side);
  const refused = await refusedBy(stage, other);
  return {
    ...{ side, journal: journalOf(stage, side), sink: sinkOf(stage, other) },
    ...{ forged: [], refused },
  };
}

function journalOf(stage: Stage, side: Side): string {
  return join(stage.home, `${side}.journal`);
}

function sinkOf(stage: Stage, side: Side): string {
  return join(stage.home, `${side}-sink`);
}

/** Rejects when a program that is to run on has ended. */
async function failure(running: Running): Promise<never> {
  for (;;) {
    const ending = running.ending();
    if (ending !== undefined) throw new Error(`${ending} (nobody had told it to end)`);
    await pause(1_000, undefined, { ref: false });
  }
}

/** Waits until everything is delivered, or nothing more comes. */
async function waitForTheRest(stage: Stage): Promise<void> {
  const paths = SIDES.map((side) => ({
    journal: journalOf(stage, side),
    sink: sinkOf(stage, otherOf(side)),
  }));
  const look = () => isDelivered(paths) || pause(1_000, false);
  await until('everything is delivered', look, PATIENCE).catch(() => undefined);
}

async function refusedBy(stage: Stage, side: Side): Promise<Evidence['refused']> {
  const listed = await stage.msg(side, ['quarantine', 'list', '--json']);
  return listed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { claimedId = '', reason } = JSON.parse(line) as { claimedId?: string; reason: string };
      return { id: claimedId, reason };
    });
}

function endedWell(endings: readonly (string | undefined)[]): PromiseVerdict {
  const promise = 'every program ran to the end and ended well when it was told to';
  return { promise, breaches: endings.filter((ending) => ending !== undefined) };
}
