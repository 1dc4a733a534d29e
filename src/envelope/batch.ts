import type { Header, HeaderItem } from './header.js';

/** One message of a batch, cut out of it. */
export interface CutItem {
  /** The header that it would have had alone. */
  readonly header: Header;
  readonly payload: Uint8Array;
}

/**
 * The header of one message of a batch: that of the batch with what the item says of itself. What the
 * item does not say it has from the batch; its correlation id is its own id where neither has one. A
 * receipt is asked for the batch as a whole, and packing concerns it as a whole.
 */
export function itemHeader(batch: Header, item: HeaderItem): Header {
  const { from, sent, expires, replyTo } = batch;
  // What came before the batch did not come before each of its messages.
  const to = batch.to.map(({ peer, cert }) => ({ peer, cert }));
  const type = item.type ?? batch.type;
  return {
    ...{ v: 1, id: item.id, kind: 'message', from, to, sent },
    contentType: item.contentType ?? batch.contentType,
    size: item.size,
    ...(expires === undefined ? {} : { expires }),
    ...(type === undefined ? {} : { type }),
    cid: item.cid ?? batch.cid ?? item.id,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(item.name === undefined ? {} : { name: item.name }),
  };
}

/**
 * The messages of a batch, in their order: its payload is theirs, one after the other.
 *
 * @param payload of the batch, as it was before any encoding; its header was read, so the sizes fit.
 */
export function cutItems(header: Header, payload: Uint8Array): readonly CutItem[] {
  let end = 0;
  return (header.items ?? []).map((item) => {
    const start = end;
    end += item.size;
    return { header: itemHeader(header, item), payload: payload.subarray(start, end) };
  });
}

/** The payload of one message of a batch, by its place there from 0; undefined beyond its end. */
export function cutItem(
  { items = [] }: Header,
  payload: Uint8Array,
  place: number,
): Uint8Array | undefined {
  const item = items[place];
  if (item === undefined) return undefined;
  const start = items.slice(0, place).reduce((sum, { size }) => sum + size, 0);
  return payload.subarray(start, start + item.size);
}
