import type { PeerName } from '../../domain/peer-name.js';
import type { InboxRow } from './inbox.js';
import type { Answer } from './answers.js';

/** A message claimed for delivery. */
export type Delivery = InboxRow;

/** Which delivery to claim, for whom and for how long. */
export interface DeliveryClaim {
  readonly owner: string;
  /** Unix milliseconds. */
  readonly leaseUntil: number;
  /** Senders whose lanes are left alone. */
  readonly except: readonly PeerName[];
}

/** Why a delivery did not succeed for now, and for how long its lane waits. */
export interface LaneFailure {
  /** A stable name. */
  readonly code: string;
  /** A sentence for the operator. */
  readonly detail: string;
  /** For how long to wait after so many failures in this lane, one after the other; milliseconds. */
  readonly delay: (failures: number) => number;
}

/** A lane that waits before it is tried again. Times are Unix milliseconds. */
export interface BlockedLane {
  readonly sender: PeerName;
  /** Who met the failure. */
  readonly owner: string;
  readonly until: number;
  /** How many, one after the other. */
  readonly failures: number;
  /** When the first of them happened. */
  readonly since: number;
  readonly code: string;
  readonly detail: string;
}

/** Deliveries in a lane for each authenticated sender: one message at a time, in order. */
export interface LaneLedger {
  /**
   * Claims the oldest undelivered message of a sender whose lane is free, leaving out the senders
   * given: nobody is delivering from that sender, this owner included, or its lease has run out, and
   * the lane does not wait after a failure. A
   * sender's messages are claimed in the order of their numbers. The lease lasts until `leaseUntil`
   * unless renewed; it is bound to the sender.
   *
   * It may not be on the disk yet when this resolves: `Ledger.durable` says when, and until then nothing
   * may be handed on, since an attempt that is forgotten could not be told as repeated.
   */
  claim(claim: DeliveryClaim): Promise<Delivery | undefined>;
  /** Says whether the owner still had the lane; if not, another may be delivering from it. */
  renew(owner: string, sender: PeerName, leaseUntil: number): Promise<boolean>;
  /**
   * Records what a sink is about to do (a final file name), before it does it. Says whether the owner
   * still had the lane; if not, nothing was recorded, and the sink must not do it.
   */
  note(owner: string, number: number, note: string): Promise<boolean>;
  /**
   * Delivery succeeded: state done, lane free; with an answer, that is given in the same transaction.
   * Saying so twice changes nothing the second time. It may not be on the disk yet when this resolves:
   * the answer goes out when it is, and a delivery that is forgotten in a power failure is repeated.
   */
  complete(owner: string, number: number, answer?: Answer): Promise<void>;
  /** Delivery did not succeed: back to received, lane free; nothing is lost. */
  release(owner: string, number: number): Promise<void>;
  /**
   * Delivery failed for now: back to received, and the lane waits, whichever process would try it next.
   * Says until when; undefined where the owner has lost the lane, which then does not wait.
   */
  postpone(owner: string, number: number, failure: LaneFailure): Promise<number | undefined>;
  /** The lanes that wait, or would but for their time having come; the longest waiting first. */
  blocked(): Promise<readonly BlockedLane[]>;
  /**
   * Frees the lanes of owners that are gone, before their leases run out, and has those tried again at
   * once that wait because of them; says how many it freed. Replies that nobody waits for any more go to
   * their lanes.
   */
  releaseAbandoned(isGone: (owner: string) => boolean): Promise<number>;
  /**
   * Delivery failed for good: the message moves to quarantine with a reason; with an answer, that is
   * given in the same transaction. False where the owner has lost the lane: then it is not for it to
   * say.
   */
  quarantine(
    owner: string,
    number: number,
    why: { readonly reason: string; readonly detail: string; readonly answer?: Answer | undefined },
  ): Promise<boolean>;
}
