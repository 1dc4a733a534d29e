import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PromiseVerdict } from '../verdict.js';
import { readJournal } from './journal.js';
import { otherOf, type Side } from './stage.js';

/** What is left of a run, for the judge: never the ledger. */
export interface Evidence {
  readonly side: Side;
  /** The sender's journal. */
  readonly journal: string;
  /** Where the recipient's listener put its files. */
  readonly sink: string;
  /** The ids that were forged in the side's name with keys that it had revoked. */
  readonly forged: readonly string[];
  /** What the recipient refused: the id that each record claims, and why. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/** What one direction carried. */
export interface Traffic {
  readonly sent: number;
  readonly delivered: number;
  /** Attempts to send that failed and were repeated. */
  readonly failed: number;
}

/** What the judge says. */
export interface Judgement {
  readonly promises: readonly PromiseVerdict[];
  readonly traffic: ReadonlyMap<Side, Traffic>;
}

/** Compares what the senders noted with what the sinks hold. */
export function judge(evidence: readonly Evidence[]): Judgement {
  const seen = evidence.map(look);
  return {
    promises: [
      collect(seen, 'every message that was sent is in the sink', lost),
      collect(seen, 'no message is in the sink twice', doubled),
      collect(seen, 'the sink holds nothing but what was sent, byte for byte', foreign),
      collect(seen, 'nothing is refused but what was forged', refusedOwn),
    ],
    traffic: new Map(
      seen.map(({ evidence: { side }, sent, files, failures }) => [
        side,
        { sent: sent.size, delivered: files.length, failed: failures.length },
      ]),
    ),
  };
}

/** Looks also for what must not happen where only certificates change. */
export function judgeRotation(evidence: readonly Evidence[]): Judgement {
  const { promises, traffic } = judge(evidence);
  const seen = evidence.map(look);
  return {
    promises: [
      ...promises,
      collect(seen, 'every send succeeds at the first attempt', repeated),
      collect(seen, 'everything is refused that a revoked version has signed', taken),
    ],
    traffic,
  };
}

function collect(
  seen: readonly Direction[],
  promise: string,
  breaches: (one: Direction) => readonly string[],
): PromiseVerdict {
  return { promise, breaches: seen.flatMap(breaches) };
}

/** Everything known about one direction. */
interface Direction {
  readonly evidence: Evidence;
  readonly name: string;
  /** Payloads by id, of everything that was begun. */
  readonly begun: ReadonlyMap<string, string>;
  readonly sent: ReadonlySet<string>;
  /** Why attempts to send failed. */
  readonly failures: readonly string[];
  readonly files: readonly { readonly name: string; readonly id: string; readonly text: string }[];
}

function look(evidence: Evidence): Direction {
  const { side, journal, sink } = evidence;
  const lines = readJournal(journal);
  const begun = lines.filter((line) => line.event === 'begin');
  return {
    evidence,
    name: `${side} to ${otherOf(side)}`,
    begun: new Map(begun.map(({ id, payload }) => [id, payload])),
    sent: new Set(lines.filter(({ event }) => event === 'sent').map(({ id }) => id)),
    failures: lines.flatMap((line) => (line.event === 'failed' ? [line.code] : [])),
    files: readdirSync(sink).map((name) => {
      const text = readFileSync(join(sink, name), 'utf8');
      return { name, text, id: idIn(text) };
    }),
  };
}

function idIn(text: string): string {
  try {
    const { id } = JSON.parse(text) as { readonly id?: unknown };
    return typeof id === 'string' ? id : '';
  } catch {
    return '';
  }
}

function lost({ name, sent, files }: Direction): readonly string[] {
  const there = new Set(files.map(({ id }) => id));
  return [...sent].filter((id) => !there.has(id)).map((id) => `${name}: ${id} is not there`);
}

function doubled({ name, files }: Direction): readonly string[] {
  const counts = new Map<string, number>();
  for (const { id } of files) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([id, count]) => `${name}: ${id} is there ${count} times`);
}

function foreign({ name, begun, files }: Direction): readonly string[] {
  return files
    .filter(({ id, text }) => begun.get(id) !== text)
    .map((file) => `${name}: ${file.name} is not what was sent`);
}

function repeated({ name, failures }: Direction): readonly string[] {
  return failures.map((failure) => `${name}: ${failure}`);
}

function refusedOwn({ name, evidence: { forged, refused } }: Direction): readonly string[] {
  const forgeries = new Set(forged);
  return refused
    .filter(({ id }) => !forgeries.has(id))
    .map(({ id, reason }) => `${name}: ${id} was refused: ${reason}`);
}

function taken({ name, evidence: { forged, refused } }: Direction): readonly string[] {
  const reasons = new Map(refused.map(({ id, reason }) => [id, reason]));
  return forged
    .filter((id) => reasons.get(id) !== 'sender-version')
    .map((id) => `${name}: ${id} was forged, and ${reasons.get(id) ?? 'not refused'}`);
}

/** Whether the sinks hold as much as the journals say by now. */
export function isDelivered(evidence: readonly Pick<Evidence, 'journal' | 'sink'>[]): boolean {
  return evidence.every(({ journal, sink }) => {
    const sent = readJournal(journal).filter(({ event }) => event === 'sent').length;
    return readdirSync(sink).filter((name) => !name.startsWith('.')).length >= sent;
  });
}
