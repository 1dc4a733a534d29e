import { existsSync, readFileSync } from 'node:fs';
import { judgeDirectory, judgeHandler, type Journal } from './journal.js';
import type { RoundPlan } from './plan.js';
import { breachesOf, type Breach } from './report.js';

/** Where the files of a round are. */
export interface Places {
  /** What is sent. */
  readonly source: string;
  /** The directory that is the sink. */
  readonly sink: string;
  /** What handlers write down. */
  readonly log: string;
}

/** How often a message came to the sink in all, and what is wrong with that. */
export interface Arrivals {
  readonly count: number;
  readonly breaches: readonly Breach[];
}

/** A flaky handler sends a third of the messages back once, before it notes them. */
const SEND_BACK = `case "$MSG_ATTEMPT$digest" in 1[0-4]*) exit 75 ;; esac`;

/** What makes `msg listen` deliver into this round's sink. */
export function sinkArgs({ sink, isFlaky }: RoundPlan, places: Places): string[] {
  if (sink === 'out') return ['--out', places.sink];
  const file = sink === 'exec' ? '$payload' : '$MSG_FILE';
  // What is killed while it feeds a handler leaves that with a beginning, which looks like a whole.
  const whole = `payload=${places.log}.$$; trap 'rm -f "$payload"' EXIT; cat > "$payload"`;
  const steps = [
    ...(sink === 'exec' ? [whole, `test $(wc -c < "$payload") = "$MSG_SIZE" || exit 75`] : []),
    `digest=$(sha256sum "${file}" | cut -c 1-64) || exit 75`,
    ...(isFlaky ? [SEND_BACK] : []),
    `echo "$MSG_ID $digest" >> ${places.log}`,
  ];
  return [`--${sink}`, steps.join('; ')];
}

/** Compares the sender's journal with what the sink has. */
export async function judgeSink(
  { sink }: RoundPlan,
  places: Places,
  journal: Journal,
): Promise<Arrivals> {
  if (sink === 'out') {
    const { count, sentences } = await judgeDirectory(journal, places.sink);
    return { count, breaches: breachesOf('exactly-once', sentences) };
  }
  const log = existsSync(places.log) ? readFileSync(places.log, 'utf8') : '';
  const count = log.split('\n').length - 1;
  return { count, breaches: breachesOf('at-least-once', judgeHandler(journal, log)) };
}
