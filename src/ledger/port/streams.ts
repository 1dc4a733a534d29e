import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';

/** A message that was verified, and those before it, as its signed header names them. */
export interface NamingMessage {
  readonly sender: PeerName;
  readonly id: MessageId;
  /** When it was sealed and when the log took it, whichever is later; Unix milliseconds. */
  readonly at: number;
  readonly after: readonly MessageId[];
  /** What certainly never left, although another one may name it. */
  readonly voids: readonly MessageId[];
}

/** A message that has not come, though another one of its sender names it. Times are Unix milliseconds. */
export interface MissingMessage {
  readonly sender: PeerName;
  readonly id: MessageId;
  /** The message that named it first. */
  readonly namedBy: MessageId;
  readonly noticedAt: number;
  /** Number and reason of a record in quarantine that claims to be it, and has not proven it. */
  readonly claimedBy: { readonly number: number; readonly reason: string } | undefined;
}

/** How much of one sender is missing. */
export interface MissingCount {
  readonly sender: PeerName;
  readonly messages: number;
  /** When the first of them was noticed, in Unix milliseconds. */
  readonly since: number;
}

/** What tells whether all of a sender's messages have come. */
export interface StreamLedger {
  /**
   * For each recipient the messages that the next one is to name, at most `most` of each: kept for it,
   * and not named yet.
   */
  heads(
    recipients: readonly PeerName[],
    most: number,
  ): Promise<ReadonlyMap<PeerName, readonly MessageId[]>>;
  /**
   * For each recipient the messages that the next one is to declare void, at most `most` of each: another
   * one may have named them before they were taken back.
   */
  voids(
    recipients: readonly PeerName[],
    most: number,
  ): Promise<ReadonlyMap<PeerName, readonly MessageId[]>>;
  /** What is missing, the longest first; of one sender, where one is given. */
  missing(filter: {
    readonly sender?: PeerName;
    readonly limit?: number;
  }): Promise<readonly MissingMessage[]>;
  missingBySender(): Promise<readonly MissingCount[]>;
  /** What has been missing since before this moment (Unix ms) and was not told yet; from now on it was. */
  tell(noticedBefore: number): Promise<readonly MissingMessage[]>;
  /** Misses a message no longer, even if it is named again. Says how many these were. */
  forget(id: MessageId, sender?: PeerName): Promise<number>;
}
