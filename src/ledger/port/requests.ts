import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { Answer } from './answers.js';
import type { InboxRow } from './inbox.js';
import type { Delivery } from './lanes.js';

/** A reply that somebody waits for. */
export interface AwaitedReply {
  /** The question. */
  readonly request: MessageId;
  /** From whom the reply has to be. */
  readonly peer: PeerName;
  readonly correlationId: string;
  /** The process that waits. */
  readonly owner: string;
  /** Until when (Unix ms) it does: from then on a reply is a message like any other. */
  readonly until: number;
}

/** Whose reply it is. */
export type ReplyKey = Pick<AwaitedReply, 'request' | 'owner'>;

/**
 * Replies that somebody waits for. Whether a message is one is decided when it is put into the inbox: it
 * is of that peer, and names the question, or nothing but its correlation id.
 */
export interface RequestLedger {
  /**
   * Begins to wait; a reply that is there and that nobody delivers yet is taken at once. False when
   * another process waits for the same one.
   */
  begin(awaited: AwaitedReply, isGone: (owner: string) => boolean): Promise<boolean>;
  /** From now on it is waited until then. */
  extend(key: ReplyKey, until: number): Promise<void>;
  /** The reply that came, kept for the one who waits until then; undefined while there is none. */
  take(key: ReplyKey, until: number): Promise<Delivery | undefined>;
  /** A reply that came and was delivered before anybody waited for it. */
  delivered(key: ReplyKey): Promise<InboxRow | undefined>;
  /** The reply is where it should be; false when it went to its lane meanwhile. */
  complete(key: ReplyKey, answer?: Answer): Promise<boolean>;
  /** Ends the waiting; a reply that was not completed goes to its sender's lane. */
  end(key: ReplyKey): Promise<void>;
}
