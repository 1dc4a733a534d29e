import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RandomSource } from '../domain/environment.js';
import { MsgError } from '../errors.js';
import { removeAbandoned } from './abandoned.js';
import { FILES, type KeyEntry } from './key-entry.js';
import { writeKeyFile } from './key-file.js';
import { errnoOf, isTemporaryOf, syncDirectory, unwritable, writeWhole } from './private-file.js';
import type { SoftwareKey } from './software-key.js';

/** A key and the entry it belongs to. */
export interface KeyOfEntry {
  readonly entry: KeyEntry;
  readonly key: SoftwareKey;
}

/** A change that was decided: which files take the place of which keys. */
interface Change {
  /** What the new files are called. */
  readonly file: string;
  /** The labels of the keys. */
  readonly labels: readonly string[];
}

/** In the store, while there is a change that was decided and is not complete. */
const CHANGE = '.passphrase-change';

/**
 * Writes private keys of one store anew under another passphrase or none, all of them or none: they
 * are written beside the old ones, one file decides that they count, and then they take their place.
 * Whoever is killed in between leaves a store in which all keys have the old passphrase, or all the
 * new one.
 *
 * @throws MsgError `disk-full` or `config` when they cannot be written, `key-refused` while another
 *   process does the same; then all stays as it was.
 */
export async function protectKeys(
  keys: readonly KeyOfEntry[],
  options: { readonly passphrase: string | undefined; readonly random: RandomSource },
): Promise<void> {
  const [first] = keys;
  if (first === undefined) return;
  const store = dirname(first.entry.directory);
  const file = `${FILES.key}.${Buffer.from(options.random(6)).toString('hex')}.tmp`;
  try {
    for (const { entry, key } of keys)
      await writeKeyFile(join(entry.directory, file), key, options);
    decide(store, { file, labels: keys.map(({ entry }) => entry.label) });
  } catch (error) {
    for (const { entry } of keys) rmSync(join(entry.directory, file), { force: true });
    throw error;
  }
  completeChange(store);
}

function decide(store: string, { file, labels }: Change): void {
  try {
    writeWhole(join(store, CHANGE), [file, ...labels, ''].join('\n'));
  } catch (error) {
    if (!(error instanceof MsgError) || error.code !== 'file-exists') throw error;
    throw new MsgError('key-refused', `another process changes the passphrase in ${store}`, {
      hint: 'nothing was changed; run the command again, with the passphrase that holds now',
    });
  }
}

/**
 * Ends a change that a killed process had decided. Where this process may not write it is left to
 * others: {@link keyFileOf} says what counts meanwhile.
 *
 * @throws MsgError `disk-full` or `config`
 */
export function completeChange(store: string): void {
  const change = changeIn(store);
  if (change === undefined) return;
  try {
    for (const label of change.labels) takePlace(join(store, label), change.file);
    rmSync(join(store, CHANGE), { force: true });
    syncDirectory(store);
  } catch (error) {
    if (!READ_ONLY.has(errnoOf(error) ?? '')) throw unwritable(store, error);
  }
}

/** The file that holds the private key of an entry. */
export function keyFileOf({ directory, label }: KeyEntry): string {
  const change = changeIn(dirname(directory));
  const decided = change?.labels.includes(label) === true ? join(directory, change.file) : '';
  return existsSync(decided) ? decided : join(directory, FILES.key);
}

const READ_ONLY: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);

function takePlace(directory: string, file: string): void {
  const key = join(directory, FILES.key);
  try {
    renameSync(join(directory, file), key);
  } catch (error) {
    // It has taken its place before.
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  syncDirectory(directory);
  removeAbandoned(directory, (name) => isTemporaryOf(key, name));
}

function changeIn(store: string): Change | undefined {
  const path = join(store, CHANGE);
  if (!existsSync(path)) return undefined;
  try {
    const [file = '', ...labels] = readFileSync(path, 'utf8').trim().split('\n');
    return isTemporaryOf(FILES.key, file) ? { file, labels } : undefined;
  } catch (error) {
    // Another process has just completed it.
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unwritable(path, error);
  }
}
