import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/domain/duration.js';
import { KeyStore } from '../../src/identity/store.js';
import { Connection } from '../../src/sqlite/connection.js';
import { until } from '../support/until.js';
import { isDelivered, judge, type Evidence, type Traffic } from './rotation/judge.js';
import { rotateRepeatedly } from './rotation/rotator.js';
import {
  otherOf,
  raiseStage,
  SIDES,
  type Running,
  type Side,
  type Stage,
} from './rotation/stage.js';
import type { PromiseVerdict, Verdict } from './verdict.js';

/** How long a step may take on top of `book.max-age`, in milliseconds. */
const PATIENCE = 300_000;

interface Options {
  /** How often each side replaces its certificate. */
  readonly rotations: number;
  /** Messages a second, half of them in each direction. */
  readonly rate: number;
  /** The kinds of key that certificates are made for, in turn. */
  readonly keys: readonly string[];
  /** The peers' `book.max-age`. */
  readonly maxAge: string;
  /** Leave everything that was made where it is. */
  readonly keep: boolean;
  /** Whether `dist/` is what the sources make already. */
  readonly isBuilt: boolean;
}

/**
 * `npm run torture -- rotation [--rotations 20] [--rate 100] [--max-age 60s]
 * [--keys p256,rsa2048,p384] [--keep] [--built]`: two peers on a
 * real chain and a real broker of Apache Kafka write to each other without a break while both replace
 * their certificates again and again, revoke the former ones, and somebody forges messages with those.
 */
export async function run(args: readonly string[]): Promise<Verdict> {
  const options = parse(args);
  if (!options.isBuilt) {
    execFileSync(process.execPath, ['scripts/build.js', '--no-types'], { stdio: 'ignore' });
  }
  const stage = await raiseStage({ 'book.max-age': options.maxAge });
  try {
    say(`raised the network below ${stage.home}`);
    return await perform(stage, options);
  } finally {
    await stage.remove(options);
  }
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rotations: { type: 'string', default: '20' },
      rate: { type: 'string', default: '100' },
      'max-age': { type: 'string', default: '60s' },
      keys: { type: 'string', default: 'p256,rsa2048,p384' },
      keep: { type: 'boolean', default: false },
      built: { type: 'boolean', default: false },
    },
  });
  const { rotations, rate, 'max-age': maxAge, keep, built: isBuilt } = values;
  const keys = values.keys.split(',');
  return { rotations: Number(rotations), rate: Number(rate), keys, maxAge, keep, isBuilt };
}

async function perform(stage: Stage, options: Options): Promise<Verdict> {
  const sinks = new Map(SIDES.map((side) => [side, join(stage.home, `${side}-sink`)]));
  for (const sink of sinks.values()) mkdirSync(sink);
  const sinkOf = (side: Side): string => sinks.get(side) ?? '';
  const listeners = SIDES.map((side) =>
    stage.start(side, 'listen', [
      ...['bin/msg.js', '--profile', side, '--no-input', '--format', 'json'],
      ...['listen', '--out', sinkOf(side)],
    ]),
  );
  const traffic = SIDES.map((side, index) =>
    stage.start(side, 'send', [
      ...['scripts/run-ts.js', 'test/torture/rotation/traffic.ts', side, otherOf(side)],
      ...[String(options.rate / SIDES.length), journalOf(stage, side)],
      listeners[1 - index]?.stdout ?? '',
    ]),
  );
  const began = performance.now();
  const patience = parseDuration(options.maxAge) + PATIENCE;
  const rotating = SIDES.map((side, index) =>
    rotateRepeatedly({
      ...{ stage, side, patience, onStep: say },
      ...{ rotations: options.rotations, keys: options.keys },
      listener: listeners[1 - index] as Running,
    }),
  );
  const rotated = await Promise.race([
    Promise.all(rotating),
    ...[...listeners, ...traffic].map(failure),
  ]);
  const sendersEnded = await Promise.all(traffic.map((one) => one.stop()));
  const seconds = (performance.now() - began) / 1_000;
  say('the senders have ended');
  const paths = SIDES.map((side) => ({
    journal: journalOf(stage, side),
    sink: sinkOf(otherOf(side)),
  }));
  await waitForTheRest(paths);
  const listenersEnded = await Promise.all(listeners.map((one) => one.stop()));
  const evidence = await Promise.all(
    SIDES.map(async (side, index): Promise<Evidence> => ({
      ...{ side, journal: journalOf(stage, side), sink: sinkOf(otherOf(side)) },
      forged: rotated[index]?.forged ?? [],
      refused: await refusedBy(stage, otherOf(side)),
    })),
  );
  const { promises, traffic: counts } = judge(evidence);
  return {
    promises: [
      ...promises,
      endedWell([...sendersEnded, ...listenersEnded]),
      keptKeys(stage, options.rotations),
    ],
    figures: {
      ...{
        rotationsASide: options.rotations,
        maxAge: options.maxAge,
        keys: options.keys.join(','),
        seconds: Math.round(seconds),
      },
      ...figuresOf(counts, seconds),
      forged: evidence.reduce((sum, { forged }) => sum + forged.length, 0),
      ...Object.fromEntries(SIDES.map((side) => [`crossed${capital(side)}`, crossed(stage, side)])),
    },
  };
}

function journalOf(stage: Stage, side: Side): string {
  return join(stage.home, `${side}.journal`);
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
async function waitForTheRest(
  paths: readonly { readonly journal: string; readonly sink: string }[],
): Promise<void> {
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

function keptKeys(stage: Stage, rotations: number): PromiseVerdict {
  const breaches = SIDES.flatMap((side) => {
    const kept = new KeyStore(stage.keysOf(side)).list().length;
    return kept === rotations + 1 ? [] : [`${side} has ${kept} keys`];
  });
  return { promise: 'every former private key is still in its store', breaches };
}

function figuresOf(counts: ReadonlyMap<Side, Traffic>, seconds: number): Record<string, number> {
  const entries = [...counts].flatMap(([side, { sent, delivered, failed }]) => [
    [`sent${capital(side)}`, sent],
    [`delivered${capital(side)}`, delivered],
    [`failedAttempts${capital(side)}`, failed],
  ]);
  const total = [...counts].reduce((sum, [, { sent }]) => sum + sent, 0);
  return {
    ...(Object.fromEntries(entries) as Record<string, number>),
    messagesPerSecond: Math.round((total / seconds) * 10) / 10,
  };
}

/** How many messages a side received that were sealed to, or signed by, a version already replaced. */
function crossed(stage: Stage, side: Side): string {
  const ledger = new Connection({
    ...{ path: stage.ledgerOf(side), what: 'the ledger', busy: 'ledger-busy', readOnly: true },
  });
  const book = new Connection({
    ...{ path: stage.bookOf(side), what: 'the book', busy: 'ledger-busy', readOnly: true },
  });
  try {
    const replaced = new Map(
      book
        .all(
          `SELECT c.fingerprint, n.published_at FROM certificate c JOIN certificate n
             ON n.directory = c.directory AND n.name = c.name AND n.version = c.version + 1`,
        )
        .map((row) => [row.text('fingerprint'), row.integer('published_at')]),
    );
    const rows = ledger.all(
      `SELECT signer, json_extract(header, '$.sent') AS sent,
              json_extract(header, '$.to[0].cert') AS sealed FROM inbox`,
    );
    const late = (fingerprint: string, sent: number): boolean =>
      sent > (replaced.get(fingerprint) ?? Infinity);
    const sealed = rows.filter((row) => late(row.text('sealed'), row.integer('sent'))).length;
    const signed = rows.filter((row) => late(row.text('signer'), row.integer('sent'))).length;
    return `${sealed} sealed to, ${signed} signed by a replaced version`;
  } finally {
    ledger.close();
    book.close();
  }
}

function capital(side: Side): string {
  return side.charAt(0).toUpperCase() + side.slice(1);
}

function say(sentence: string): void {
  process.stderr.write(`${new Date().toISOString()} ${sentence}\n`);
}
