import type { PeerName } from '../../domain/peer-name.js';
import type { InboxRow } from './inbox.js';
import type { OutgoingMessage } from './outbox.js';

/** A message claimed for delivery, with its sealed bytes. */
export interface Delivery extends InboxRow {
  readonly sealed: Uint8Array;
}

/** Which delivery to claim, for whom and for how long. */
export interface DeliveryClaim {
  readonly owner: string;
  /** Unix milliseconds. */
  readonly leaseUntil: number;
  /** Senders whose lanes are left alone. */
  readonly except: readonly PeerName[];
}

/** Deliveries in a lane for each authenticated sender: one message at a time, in order. */
export interface LaneLedger {
  /**
   * Claims the oldest undelivered message of a sender whose lane is free, leaving out the senders
   * given: nobody is delivering from that sender, this owner included, or its lease has run out. A
   * sender's messages are claimed in the order of their numbers. The lease lasts until `leaseUntil`
   * unless renewed; it is bound to the sender.
   */
  claim(claim: DeliveryClaim): Promise<Delivery | undefined>;
  /** Says whether the owner still had the lane; if not, another may be delivering from it. */
  renew(owner: string, sender: PeerName, leaseUntil: number): Promise<boolean>;
  /** Records what a sink is about to do (a final file name), before it does it. */
  note(number: number, note: string): Promise<void>;
  /**
   * Delivery succeeded: state done, lane free; with a receipt, that is put into the outbox in the
   * same transaction. Saying so twice changes nothing the second time.
   */
  complete(owner: string, number: number, receipt?: OutgoingMessage): Promise<void>;
  /** Delivery did not succeed: back to received, lane free; nothing is lost. */
  release(owner: string, number: number): Promise<void>;
  /** Frees the lanes of owners that are gone, before their leases run out; says how many. */
  releaseAbandoned(isGone: (owner: string) => boolean): Promise<number>;
  /** Delivery failed for good: the message moves to quarantine with a reason. */
  quarantine(owner: string, number: number, why: { reason: string; detail: string }): Promise<void>;
}
