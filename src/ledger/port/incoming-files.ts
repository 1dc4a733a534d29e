import type { IncomingMessage } from './inbox.js';

/** What a manifest says of the file that it announces. */
export interface AnnouncedFile {
  /** What its chunks are addressed by: 16 bytes. */
  readonly fileId: Uint8Array;
  /** In bytes. */
  readonly size: number;
  /** How many chunks it has. */
  readonly count: number;
  /** From when on (Unix ms) it must not be delivered any more. */
  readonly expiresAt: number | undefined;
}

/** How much one sender may have under way at the same time. */
export interface PendingLimits {
  readonly files: number;
  /** Bytes of all of them, counted by what their manifests announce. */
  readonly bytes: number;
}

/** A file of which chunks are missing. */
export interface IncomingFile extends IncomingMessage, AnnouncedFile {
  readonly number: number;
  /** How many of its chunks are on the disk. */
  readonly received: number;
  /** A bit for each chunk that is on the disk: chunk `i` is bit `i & 7` of byte `i >> 3`. */
  readonly chunks: Uint8Array;
  readonly begunAt: number;
  /** When its last chunk came. */
  readonly movedAt: number;
}

/** A chunk that was opened and is on the disk. */
export interface ReceivedChunk {
  /** The file's number. */
  readonly file: number;
  readonly index: number;
  /** Absent unless the chunk is the last that was missing: what was found then. */
  readonly end?: FileEnd;
}

/** What became of a file when all of its chunks were there. */
export type FileEnd =
  /** It is what its manifest says; the payload lies in the spool under this name. */
  | { readonly isWhole: true; readonly spooledAs: string }
  | { readonly isWhole: false; readonly detail: string };

/** What the spool holds of a message in the inbox. */
export interface SpooledPayload {
  /** The message's number in the inbox. */
  readonly number: number;
  /** The name within the spool's directory. */
  readonly file: string;
}

/** Chunks that no known manifest announced. */
export interface OrphanCount {
  readonly files: number;
  readonly chunks: number;
  readonly bytes: number;
}

/** Large payloads on their way in, and where they lie until they have been delivered. */
export interface IncomingFileLedger {
  /** The files of which chunks are missing that have this id: one, unless somebody copies ids. */
  find(fileId: Uint8Array): Promise<readonly IncomingFile[]>;
  /** Every file of which chunks are missing, the oldest first. */
  list(): Promise<readonly IncomingFile[]>;
  /**
   * Moves the files of which nothing came since `idleSince`, or that have expired, to quarantine, and
   * gives them; both in Unix milliseconds.
   */
  expire(times: {
    readonly idleSince: number;
    readonly now: number;
  }): Promise<readonly (IncomingFile & { readonly detail: string })[]>;
  /** Forgets which chunks are on the disk, where the disk has lost them. */
  startOver(number: number): Promise<void>;
  /** Where the payload of a message in the inbox lies; undefined where it is in its record. */
  spooled(number: number): Promise<string | undefined>;
  /** Payloads that nobody needs any more: delivered, or dropped from quarantine. */
  releasable(): Promise<readonly SpooledPayload[]>;
  /** The payload is gone from the disk. */
  released(number: number): Promise<void>;
  /** Every payload that lies in the spool. */
  allSpooled(): Promise<readonly SpooledPayload[]>;
  orphans(): Promise<OrphanCount>;
}
