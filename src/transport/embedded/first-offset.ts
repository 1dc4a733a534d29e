import type { Place, SubscribeOptions } from '../port.js';
import type { LogPartition, LogStore } from './log-store.js';

/** Where a group begins to read a partition. Gaps are found later, when the records are read. */
export async function firstOffset(
  store: LogStore,
  at: LogPartition,
  { group, start, onNotice }: Pick<SubscribeOptions, 'group' | 'start' | 'onNotice'>,
): Promise<bigint> {
  if (start.from !== 'committed') return lookedBackTo(store, at, start);
  const known = await start.known(at.id);
  const { committed } = store.committed(at, group);
  const { low, high } = store.bounds(at);
  const past = [known, committed].find((offset) => offset !== undefined && offset > high);
  if (past === undefined) return lower(known, committed) ?? low;
  onNotice({ kind: 'rewound', partition: at.id, known: past });
  return low;
}

function lookedBackTo(store: LogStore, at: LogPartition, place: Place): bigint {
  switch (place.from) {
    case 'earliest':
      return store.bounds(at).low;
    case 'latest':
      return store.bounds(at).high;
    case 'time':
      return store.offsetAt(at, place.at);
    case 'offset':
      return place.offset;
  }
}

/** The offset at which a place lies: never before the first record or past the end. */
export function locate(store: LogStore, at: LogPartition, place: Place): bigint {
  const { low, high } = store.bounds(at);
  const wanted = lookedBackTo(store, at, place);
  if (wanted < low) return low;
  return wanted > high ? high : wanted;
}

function lower(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
