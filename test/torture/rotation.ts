import { parseArgs } from 'node:util';
import { parseDuration } from '../../src/domain/duration.js';
import { KeyStore } from '../../src/identity/store.js';
import { Connection } from '../../src/sqlite/connection.js';
import { rotateRepeatedly } from './rotation/rotator.js';
import { capital, exchange, figuresOf } from './traffic/exchange.js';
import { judgeRotation } from './traffic/judge.js';
import { buildUnless, say } from './traffic/preparation.js';
import { raiseStage, SIDES, type Running, type Side, type Stage } from './traffic/stage.js';
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
  buildUnless(options.isBuilt);
  const stage = await raiseStage({
    transport: 'kafka',
    settings: { 'book.max-age': options.maxAge },
  });
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
  const patience = parseDuration(options.maxAge) + PATIENCE;
  const { result, seconds, evidence, endedWell } = await exchange(stage, {
    ...{ rate: options.rate, onStep: say },
    during: (listeners) =>
      Promise.all(
        SIDES.map((side, index) =>
          rotateRepeatedly({
            ...{ stage, side, patience, onStep: say },
            ...{ rotations: options.rotations, keys: options.keys },
            listener: listeners[1 - index] as Running,
          }),
        ),
      ),
  });
  const forged = result.map((rotated) => rotated.forged);
  const { promises, traffic } = judgeRotation(
    evidence.map((one, index) => ({ ...one, forged: forged[index] ?? [] })),
  );
  return {
    promises: [...promises, endedWell, keptKeys(stage, options.rotations)],
    figures: {
      ...{ rotationsASide: options.rotations, maxAge: options.maxAge },
      keys: options.keys.join(','),
      ...figuresOf(traffic, seconds),
      forged: forged.flat().length,
      ...Object.fromEntries(SIDES.map((side) => [`crossed${capital(side)}`, crossed(stage, side)])),
    },
  };
}

function keptKeys(stage: Stage, rotations: number): PromiseVerdict {
  const breaches = SIDES.flatMap((side) => {
    const kept = new KeyStore(stage.keysOf(side)).list().length;
    return kept === rotations + 1 ? [] : [`${side} has ${kept} keys`];
  });
  return { promise: 'every former private key is still in its store', breaches };
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
