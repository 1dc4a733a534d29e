import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { InboxRow } from './inbox.js';

/** Which received messages to deliver again: all conditions together. Times are Unix milliseconds. */
export interface ReplayFilter {
  readonly ids?: readonly MessageId[];
  readonly sender?: PeerName;
  readonly type?: string;
  readonly correlationId?: string;
  /** Received at this time or later. */
  readonly since?: number;
  /** Received before this time. */
  readonly until?: number;
}

/** A part of what a filter finds. */
export interface ReplayPage {
  /** Only messages with a larger number. */
  readonly after: number;
  readonly limit: number;
}

/** How far a replay with a name has come with a message. */
export interface ReplayProgress {
  /** How often it was begun, this time included. */
  readonly attempts: number;
  /** What an earlier attempt noted. */
  readonly sinkNote: string | undefined;
  readonly isDone: boolean;
}

/** Messages that are delivered again; neither they nor any position change by it. */
export interface ReplayLedger {
  /** What the filter finds, whatever became of it, in the order in which it came in. */
  find(filter: ReplayFilter, page: ReplayPage): Promise<readonly InboxRow[]>;
  /**
   * Makes a process the one that runs this replay, until `until` (Unix ms) unless renewed; says who
   * runs it instead.
   */
  acquire(
    run: string,
    lease: { readonly owner: string; readonly until: number },
    isGone: (owner: string) => boolean,
  ): Promise<{ readonly heldBy: string | undefined }>;
  /** False when another process has taken it over. */
  renew(run: string, lease: { readonly owner: string; readonly until: number }): Promise<boolean>;
  release(run: string, owner: string): Promise<void>;
  /** Counts an attempt at a message, unless the replay has delivered it. */
  begin(run: string, number: number): Promise<ReplayProgress>;
  /** Keeps what a sink is about to do, before it does it; false where the owner runs it no more. */
  note(run: string, step: ReplayStep): Promise<boolean>;
  /** The replay has delivered the message. */
  finish(run: string, number: number): Promise<void>;
}

/** What is about to be done with a message, and by whom. */
export interface ReplayStep {
  readonly owner: string;
  readonly number: number;
  readonly note: string;
}
