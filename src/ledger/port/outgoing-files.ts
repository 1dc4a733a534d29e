import type { Fingerprint } from '../../domain/fingerprint.js';
import type { MessageId } from '../../domain/message-id.js';
import type { PeerName } from '../../domain/peer-name.js';
import type { DeliveryKey } from './outbox.js';
import type { KeptOriginal } from './receipts.js';

/** What a large message is read from. */
export interface OutgoingSource {
  /** Absolute; where there is a key, a name within the spool. */
  readonly path: string;
  /** Opens a file of the spool; undefined for a file of the user's own. */
  readonly spoolKey: Uint8Array | undefined;
  /** In bytes. */
  readonly size: number;
  /** Of the whole payload, as 64 hexadecimal digits. */
  readonly sha256: string;
  /** What a file of the user's own was when it was hashed: it must be the same when it is read. */
  readonly stamp: string;
}

/** One recipient's manifest, sealed. */
export interface SealedManifest {
  /** How many chunks it announces. */
  readonly count: number;
  readonly sealed: Uint8Array;
  /** What lets its author open it again; undefined once nobody needs that any more. */
  readonly ownInfo: Uint8Array | undefined;
  /** The certificate that signed it. */
  readonly signer: Fingerprint;
}

/** A manifest that was sealed just now. */
export interface NewManifest extends SealedManifest {
  /** What its receipts will be checked against. */
  readonly original?: KeptOriginal | undefined;
}

/** A large payload to be kept with its message. */
export interface NewOutgoingFile {
  readonly source: OutgoingSource;
  /** Each recipient's manifest. */
  readonly manifests: readonly (NewManifest & { readonly recipient: PeerName })[];
}

/** A large payload on its way to one recipient. */
export interface OutgoingFile extends SealedManifest {
  readonly recipient: PeerName;
  readonly source: OutgoingSource;
  /** How many records are surely in the log: the manifest, then so many chunks. */
  readonly next: number;
  /** Chosen once for all records. */
  readonly partition: number | undefined;
  /** Where the manifest lies. */
  readonly offset: bigint | undefined;
  /** How often all of it was sent. */
  readonly rounds: number;
  readonly sentAt: number | undefined;
  /** When the recipient said that it has it. */
  readonly confirmedAt: number | undefined;
}

/** How far a file has come. */
export interface FileProgress {
  readonly next: number;
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
}

/** A file of the spool that nobody reads any more. */
export interface ReleasedSource {
  readonly message: number;
  readonly file: string;
}

/** Large payloads on their way out: kept until their recipients have confirmed them. */
export interface OutgoingFileLedger {
  /** Undefined for a message that is no large one, or whose source was let go. */
  find(delivery: DeliveryKey): Promise<OutgoingFile | undefined>;
  /** Every file of which somebody has not confirmed that it came, the oldest first. */
  list(): Promise<readonly (OutgoingFile & { readonly id: MessageId })[]>;
  /** How far it has come. */
  note(delivery: DeliveryKey, progress: FileProgress): Promise<void>;
  /** Everything is in the log: a round is complete. */
  noteSent(delivery: DeliveryKey): Promise<void>;
  /** The manifest was sealed anew: all of it has to be sent, to the partition that will be chosen. */
  reseal(delivery: DeliveryKey, anew: NewManifest): Promise<void>;
  /**
   * Puts back into the queue what was sent and not confirmed for so long, of what was sent fewer than
   * so many times; says which.
   */
  sendAgain(which: {
    readonly sentBefore: number;
    readonly rounds: number;
  }): Promise<readonly DeliveryKey[]>;
  /** Lets go of what was kept for those who never confirmed; says which. */
  giveUp(sentBefore: number): Promise<readonly DeliveryKey[]>;
  /**
   * Forgets a message that failed for everyone before anyone had all of it: its id is free again.
   * False where it is not so, and where its sealed bytes have the payload.
   */
  discard(id: MessageId): Promise<boolean>;
  /** The user's own file lies elsewhere now, or was written anew with the same content. */
  relocate(id: MessageId, own: Pick<OutgoingSource, 'path' | 'stamp'>): Promise<void>;
  /** Sources in the spool that nobody will read any more. */
  releasable(): Promise<readonly ReleasedSource[]>;
  /** The source is gone from the disk, or is no more of our concern. */
  released(message: number): Promise<void>;
  /** The names of the sources in the spool. */
  spooledSources(): Promise<readonly string[]>;
}
