import type { MessageId } from '../../domain/message-id.js';

/** A file of a batch, and what is to become of it. */
export interface BatchFile {
  /** The real path of the batch's directory or manifest. */
  readonly source: string;
  /** The file's path within it. */
  readonly path: string;
  /** A digest over recipients, type and name. */
  readonly target: string;
}

/** What a file system says about a file: as long as this stays, so does the content. */
export interface FileStamp {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

/** What a batch remembers of a file with one content. */
export interface BatchMemory {
  readonly id: MessageId;
  readonly state: 'sending' | 'sent';
}

/** What batches have sent: by content and path. */
export interface BatchLedger {
  /** Takes the batch, or says who has it: an owner that is not gone, whose lease has not run out. */
  acquire(
    source: string,
    lease: { readonly owner: string; readonly until: number },
    isGone: (owner: string) => boolean,
  ): Promise<{ readonly heldBy: string | undefined }>;
  /** Prolongs the lease; false when another process has the batch meanwhile. */
  renew(
    source: string,
    lease: { readonly owner: string; readonly until: number },
  ): Promise<boolean>;
  release(source: string, owner: string): Promise<void>;
  /** What is remembered of a file that has not been touched since. */
  recall(file: BatchFile, stamp: FileStamp): Promise<BatchMemory | undefined>;
  /**
   * Fixes the id under which a content is sent, before it is: what is there already stays, so that a
   * run that was cut short goes on under the same ids.
   */
  begin(
    file: BatchFile,
    content: FileStamp & { readonly sha256: string; readonly id: MessageId },
  ): Promise<BatchMemory>;
  /** The content has been sent, or the outbox keeps it. */
  finish(file: BatchFile, sha256: string): Promise<void>;
}
