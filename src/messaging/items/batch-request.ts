import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { HeaderItem } from '../../envelope/header.js';
import type { Draft } from '../../envelope/header-fields.js';
import { MAX_HEADER_SIZE, MAX_ITEMS } from '../../envelope/header-json.js';
import type { MsgError } from '../../errors.js';
import type { OutboxRow } from '../../ledger/port.js';
import { SURELY_FITS, type MessageOptions } from '../send-request.js';

/** What all messages of a batch share, and where they go. */
export interface BatchOptions extends Pick<
  MessageOptions,
  'contentType' | 'type' | 'cid' | 'encoding' | 'receipt' | 'expiresIn' | 'queue'
> {
  readonly to: PeerName;
}

/** One message, and what it says for itself. */
export interface BatchedMessage {
  readonly payload: Uint8Array;
  /** Fixes the id, so that a repeated call cannot send twice. */
  readonly id?: MessageId;
  readonly type?: string;
  readonly cid?: string;
  /** A file name without a path. */
  readonly name?: string;
  readonly contentType?: string;
}

/** When a batch goes out: whichever comes first. */
export interface BatchBounds {
  /** So many messages are in it, at most 1,000. */
  readonly count: number;
  /** So many bytes are in it; a message that is larger goes in a batch of its own. */
  readonly bytes: number;
  /** Its first message has waited for so many milliseconds. */
  readonly linger: number;
}

export const BOUNDS: BatchBounds = { count: MAX_ITEMS, bytes: SURELY_FITS, linger: 20 };

/** The largest message of a batch, in bytes. */
export const LARGEST_ITEM = SURELY_FITS;

/** What became of one message. */
export interface BatchedResult {
  readonly id: MessageId;
  /** The batch it went in; where it went alone before, itself. */
  readonly batch: MessageId;
  readonly state: 'sent' | 'already-sent' | 'queued';
  /** Of the payload, in bytes. */
  readonly size: number;
  /** Why it is only queued. */
  readonly failure?: MsgError;
}

/** A message that waits for its batch to go out. */
export interface PendingItem {
  readonly id: MessageId;
  /** Whether the caller chose the id. */
  readonly isChosen: boolean;
  readonly message: BatchedMessage;
  /** What stands of it in the batch's header. */
  readonly entry: HeaderItem;
  readonly resolve: (result: BatchedResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What stands in the batch's header of a message: only where it differs from what all share. */
export function headerItemOf(
  { id, message }: Pick<PendingItem, 'id' | 'message'>,
  shared: Pick<BatchOptions, 'type' | 'cid' | 'contentType'>,
): HeaderItem {
  const { type, cid, name, contentType } = message;
  const item: Draft<HeaderItem> = { id, size: message.payload.length };
  if (type !== undefined && type !== shared.type) item.type = type;
  if (cid !== undefined && cid !== shared.cid) item.cid = cid;
  if (name !== undefined) item.name = name;
  if (contentType !== undefined && contentType !== shared.contentType) {
    item.contentType = contentType;
  }
  return item;
}

/** Messages that go in one envelope. */
export interface Load {
  readonly items: readonly PendingItem[];
  /** The id that it had when it was refused and had certainly not left: others may name that one. */
  readonly id?: MessageId | undefined;
}

/** A batch that the ledger has, with what is needed to publish it. */
export interface Kept extends Load {
  readonly row: OutboxRow;
  readonly sealed: Uint8Array;
}

/** The same in two envelopes. */
export function halvesOf({ items, id }: Load): readonly Load[] {
  const middle = Math.ceil(items.length / 2);
  return [{ items: items.slice(0, middle), id }, { items: items.slice(middle) }];
}

/** Messages that go out together, as far as they fit. */
export class Filling {
  readonly items: PendingItem[] = [];
  readonly #ids = new Set<MessageId>();
  readonly #bounds: BatchBounds;
  #bytes = 0;
  #headerRoom: number;

  constructor(shared: BatchOptions, bounds: BatchBounds) {
    const { type, cid, contentType } = shared;
    this.#bounds = bounds;
    this.#headerRoom = MAX_HEADER_SIZE - FIXED_HEADER - jsonSize({ type, cid, contentType });
  }

  /** Puts a message in; false where it has to wait for the next batch. */
  add(item: PendingItem): boolean {
    const { length } = item.message.payload;
    const headerSize = entrySize(item.entry) + 1;
    const fits =
      this.items.length < this.#bounds.count &&
      this.#bytes + length <= this.#bounds.bytes &&
      headerSize <= this.#headerRoom &&
      !this.#ids.has(item.id);
    if (!fits && this.items.length > 0) return false;
    this.items.push(item);
    this.#ids.add(item.id);
    this.#bytes += length;
    this.#headerRoom -= headerSize;
    return true;
  }

  get isFull(): boolean {
    return this.items.length >= this.#bounds.count || this.#bytes >= this.#bounds.bytes;
  }
}

/** What the rest of a header takes at most, in bytes: two names, 18 ids, a fingerprint and numbers. */
const FIXED_HEADER = 1856;

/** Most say nothing but their id and their size. */
function entrySize(entry: HeaderItem): number {
  const { id, size, type, cid, name, contentType } = entry;
  if ((type ?? cid ?? name ?? contentType) !== undefined) return jsonSize(entry);
  return `{"id":"${id}","size":${size}}`.length;
}

function jsonSize(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
