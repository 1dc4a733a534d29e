import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { until } from '../support/until.js';
import { ACTS } from './hostile/acts.js';
import { Honest } from './hostile/honest.js';
import { judge } from './hostile/judge.js';
import type { Expected } from './hostile/records.js';
import { raiseStage, type Stage } from './hostile/stage.js';
import type { Verdict } from './verdict.js';

const USAGE = `npm run torture -- hostile [--json] [--scale N] [--act NAME]

Writes everything into an inbox on a real broker that a hostile producer, or a hostile member, can think
of, N times as much as in the continuous integration, while an honest peer goes on sending; the real
program listens.`;

/** Throws everything at a listener, and looks whether it goes on in good order and bounded memory. */
export async function run(args: readonly string[]): Promise<Verdict> {
  const { scale, acts } = parse(args);
  const began = performance.now();
  const stage = await raiseStage();
  try {
    const honest = await Honest.begin(stage);
    const calm = stage.memory().peak;
    const expected: Expected[] = [];
    for (const act of acts) {
      const play = () => act.play(stage, scale);
      const one = await (act.isAlone === true ? honest.pausedFor(play) : play());
      expected.push(one);
      await honest.afterAllOf(act.name);
      say(stage, act.name);
    }
    await honest.end();
    await untilDelivered(stage, honest, expected);
    const { promises, figures } = await judge(stage, honest, expected);
    const seconds = Math.round((performance.now() - began) / 1000);
    return { promises, figures: { scale, seconds, calmMemoryMiB: inMiB(calm), ...figures } };
  } finally {
    await stage.remove();
  }
}

/** A flood takes its time, of which nobody else has to wait; what is missing then is the judge's. */
async function untilDelivered(
  { sink }: Stage,
  { journal }: Honest,
  expected: readonly Expected[],
): Promise<void> {
  const wanted = expected.reduce((sum, { delivered }) => sum + delivered.size, journal.size);
  // What is being written has a name with a dot before it.
  const there = () => readdirSync(sink).filter((name) => !name.startsWith('.')).length;
  const isThere = () => there() >= wanted || pause(200, false);
  await until('everything is delivered', isThere, LONGEST_FLOOD).catch(() => undefined);
}

/** In milliseconds. */
const LONGEST_FLOOD = 600_000;

function say(stage: Stage, name: string): void {
  const { now, peak } = stage.memory();
  process.stderr.write(`${name}: memory ${inMiB(now)} MiB, at most ${inMiB(peak)}\n`);
}

function inMiB(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'string', default: '10' },
      act: { type: 'string' },
    },
  });
  const scale = Number(values.scale);
  const acts = ACTS.filter(({ name }) => values.act === undefined || name === values.act);
  if (!Number.isSafeInteger(scale) || scale < 1 || acts.length === 0) throw new Error(USAGE);
  return { scale, acts };
}
