import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What was given to be sent: the SHA-256 of each content, and what it was called. */
export type Journal = ReadonlyMap<string, string>;

/** SHA-256 in hexadecimal digits. */
export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Compares the journal with a directory: every content once, and nothing else. */
export async function judgeDirectory(
  journal: Journal,
  directory: string,
): Promise<{ readonly count: number; readonly sentences: readonly string[] }> {
  const names = existsSync(directory) ? await readdir(directory, { recursive: true }) : [];
  const found = new Map<string, string[]>();
  for (const name of names) {
    const digest = digestOf(readFileSync(join(directory, name)));
    found.set(digest, [...(found.get(digest) ?? []), name]);
  }
  const sentences = [
    ...[...journal].flatMap(([digest, name]) => {
      const files = found.get(digest) ?? [];
      if (files.length === 0) return [`${name} never arrived`];
      return files.length > 1 ? [`${name} arrived ${files.length} times`] : [];
    }),
    ...strangers(journal, found),
  ];
  return { count: names.length, sentences };
}

/** Compares the journal with what a handler noted: every content, and only repeats of one message. */
export function judgeHandler(journal: Journal, log: string): string[] {
  const ids = new Map<string, Set<string>>();
  for (const line of log.split('\n').filter((one) => one !== '')) {
    const [id = '', digest = ''] = line.split(' ');
    ids.set(digest, (ids.get(digest) ?? new Set()).add(id));
  }
  return [
    ...[...journal].flatMap(([digest, name]) => {
      const seen = ids.get(digest)?.size ?? 0;
      if (seen === 0) return [`${name} never came to the handler`];
      return seen > 1 ? [`${name} came to the handler as ${seen} different messages`] : [];
    }),
    ...strangers(journal, ids),
  ];
}

function strangers(journal: Journal, found: ReadonlyMap<string, unknown>): string[] {
  return [...found]
    .filter(([digest]) => !journal.has(digest))
    .map(([, names]) => `what nobody sent arrived: ${String(names)}`);
}
