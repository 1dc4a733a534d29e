import { MsgError } from '../errors.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import { LOOK_NOW, type PeerRecord } from '../registry/port.js';
import type { Context } from '../runtime.js';
import { run as register, type RegisterOptions } from './register.js';

/** What `msg rotate` was asked for. */
export type RotateOptions = Omit<RegisterOptions, 'guardian'>;

/**
 * Publishes the certificate that is to follow the present one. Without a label that is the one key
 * of the store that could; where none could, nothing is left to do, so that a scheduled job may run
 * this as often as it likes.
 */
export async function run(options: RotateOptions, context: Context): Promise<void> {
  const label = options.label ?? (await findSuccessor(context));
  await register({ ...options, label }, context);
}

async function findSuccessor(context: Context): Promise<string | undefined> {
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const record = await session.book().find(session.self, LOOK_NOW);
  if (record === undefined) return undefined;
  const successors = successorsIn(store.list(), record, context.clock());
  const [first, second] = successors;
  if (second === undefined) return first?.label;
  const labels = successors.map(({ label }) => label).join(', ');
  throw new MsgError('usage', `several keys could be the next: ${labels}`, {
    hint: 'say which one with --label',
  });
}

/** The keys with a valid certificate that the directory never held, no older than the one it holds. */
function successorsIn(
  entries: readonly KeyEntry[],
  { certificates }: PeerRecord,
  now: number,
): readonly KeyEntry[] {
  const published = new Set<string>(certificates.map(({ fingerprint }) => fingerprint));
  const newest = certificates.at(-1)?.fingerprint;
  const present = entries.find(({ certificate }) => certificate?.fingerprint === newest);
  const since = present?.certificate?.notBefore ?? 0;
  return entries.filter((entry) => {
    const { certificate } = entry;
    if (certificate === undefined || keyStatus(entry) !== 'active') return false;
    const { fingerprint, notBefore, notAfter } = certificate;
    return !published.has(fingerprint) && notBefore >= since && notAfter >= now;
  });
}
