/** A place among those who take in what comes. */
export interface ReaderLease {
  /** Tells the readers of one process apart. */
  readonly token: string;
  /** The process. */
  readonly owner: string;
  /** Until when (Unix ms) it counts unless it is renewed. */
  readonly until: number;
}

/**
 * Who takes in what comes: listeners as long as they run. Where there is none, one of those that wait
 * for something stands in.
 */
export interface ReaderLedger {
  /** A listener begins, or goes on. */
  listen(lease: ReaderLease): Promise<void>;
  /** Whether somebody listens now. */
  isListening(isGone: (owner: string) => boolean): Promise<boolean>;
  /** Begins to stand in, or goes on: false while somebody listens, or stands in already. */
  standIn(lease: ReaderLease, isGone: (owner: string) => boolean): Promise<boolean>;
  /** Ends either. */
  leave(token: string): Promise<void>;
}
