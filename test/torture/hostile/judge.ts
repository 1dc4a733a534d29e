import { hash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { QuarantineLedger, QuarantineRow } from '../../../src/ledger/port.js';
import { judgeDirectory } from '../delivery/journal.js';
import type { PromiseVerdict, Verdict } from '../verdict.js';
import { PATIENCE, type Honest } from './honest.js';
import type { Expected } from './records.js';
import { POOL, type Stage } from './stage.js';

/** Nothing that is thrown at a listener may take it beyond this, in bytes. */
const MOST_MEMORY = 300 * 1024 ** 2;

/** What is kept at least of every refused record, in bytes. */
const HEAD = 4096;

/** Compares what was written with what became of it. */
export async function judge(
  stage: Stage,
  honest: Honest,
  expected: readonly Expected[],
): Promise<Verdict> {
  const { peak } = stage.memory();
  const ledger = stage.open().ledger();
  const rows = await ledger.quarantine.list({});
  const kept = await judgeKept(rows, ledger.quarantine);
  const journal = new Map([
    ...honest.journal,
    ...expected.flatMap(({ delivered }) => [...delivered]),
  ]);
  const arrived = await judgeDirectory(journal, stage.sink);
  const { chunks, files } = await ledger.incoming.orphans();
  const spool = sizeOf(join(stage.consortium.home, 'state', 'bob', 'spool'));
  stage.listener.child.kill('SIGTERM');
  const { code, stderr } = await stage.listener.ended;
  const notices = stderr.split('\n').filter((line) => line.includes('passed over offsets')).length;
  const unreadable = expected.reduce((sum, one) => sum + one.unreadable, 0);
  const latencies = honest.latencies;
  return {
    promises: [
      promise('the listener goes on, and ends well when it is told to', code === 0 ? [] : [stderr]),
      promise(
        'its memory stays within 300 MiB',
        peak > MOST_MEMORY ? [`it was ${peak} bytes once`] : [],
      ),
      promise('what is in order arrives exactly once, and nothing else does', arrived.sentences),
      promise(
        'honest messages arrive within two minutes, whatever else comes',
        latencies.filter((one) => one > PATIENCE).map((one) => `one took ${one} ms`),
      ),
      promise('every bad record is in quarantine once, with its reason', judgeRows(rows, expected)),
      promise(
        'of refused records the pool is kept, of others the beginning, and of all the digest',
        kept,
      ),
      promise(
        'record sets that nobody can read are passed over, and told',
        notices === unreadable ? [] : [`${notices} notices about ${unreadable} record sets`],
      ),
      promise(
        'what is announced and never comes takes no room',
        spool > 64 * 1024 ** 2 ? [`the spool takes ${spool} bytes`] : [],
      ),
    ],
    figures: {
      peakMemoryMiB: Math.round(peak / 1024 ** 2),
      refused: rows.length,
      delivered: arrived.count,
      honest: honest.journal.size,
      ...{ orphanChunks: chunks, orphanFiles: files },
      honestMedianMs: Math.round(latencies[latencies.length >> 1] ?? 0),
      honestSlowestMs: Math.round(latencies.at(-1) ?? 0),
    },
  };
}

function promise(sentence: string, breaches: readonly string[]): PromiseVerdict {
  return { promise: sentence, breaches };
}

function judgeRows(rows: readonly QuarantineRow[], expected: readonly Expected[]): string[] {
  const reasons = new Map(expected.flatMap(({ refused }) => [...refused]));
  const found = new Map<string, QuarantineRow[]>();
  for (const row of rows) found.set(row.sha256, [...(found.get(row.sha256) ?? []), row]);
  return [
    ...[...reasons].flatMap(([sha256, right]) => {
      const [row, ...more] = found.get(sha256) ?? [];
      if (row === undefined) return [`${sha256} is not there, expected for ${right.join(' or ')}`];
      if (more.length > 0) return [`${sha256} is there ${more.length + 1} times`];
      if (right.includes(row.reason)) return [];
      return [
        `${sha256} is there for ${row.reason} (${row.detail}), not for ${right.join(' or ')}`,
      ];
    }),
    ...rows
      .filter(({ sha256 }) => !reasons.has(sha256))
      .map(({ sha256, reason, detail }) => `${sha256} should not be there: ${reason} (${detail})`),
  ];
}

async function judgeKept(
  rows: readonly QuarantineRow[],
  quarantine: QuarantineLedger,
): Promise<string[]> {
  const breaches: string[] = [];
  const without: string[] = [];
  let [whole, all] = [0, 0];
  for (const { number, size, sha256 } of rows) {
    const kept = await quarantine.sealed(number);
    const length = kept?.bytes.length ?? 0;
    all += length;
    if (kept === undefined) breaches.push(`nothing is known of ${sha256}`);
    else if (size > 0 && length === 0) without.push(`nothing is kept of ${sha256}`);
    else if (!kept.isWhole && length !== HEAD)
      breaches.push(`${length} bytes of ${sha256} are kept`);
    else if (kept.isWhole && hash('sha256', kept.bytes, 'hex') !== sha256) {
      breaches.push(`what is kept of ${sha256} is something else`);
    }
    if (length > HEAD) whole += length;
    if (length > size) breaches.push(`${sha256} has grown`);
  }
  // Beginnings fill the pool once more, so that no flood fills the disk; what comes then is its digest.
  if (all + HEAD <= 2 * POOL) breaches.push(...without);
  if (all > 2 * POOL) breaches.push(`${all} bytes are kept`);
  return whole > POOL ? [...breaches, `${whole} bytes are kept whole`] : breaches;
}

/** The room that files below a directory really take, in bytes; it is made when it is needed. */
function sizeOf(directory: string): number {
  if (!existsSync(directory)) return 0;
  return readdirSync(directory)
    .map((name) => statSync(join(directory, name)).blocks * 512)
    .reduce((sum, size) => sum + size, 0);
}
