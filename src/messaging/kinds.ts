import type { MessageKind } from '../envelope/header.js';
import { messageDigest } from '../envelope/header-json.js';
import type { Opened } from '../envelope/types.js';
import type { IncomingMessage, IncomingRecord, RecordSource } from '../ledger/port.js';

/** Why a record was refused for good: a stable name and a sentence. */
export interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

/** A record that was opened, whose header and sender were found in order. */
export interface AcceptedRecord {
  readonly source: RecordSource;
  readonly opened: Opened;
  /** The record's value. */
  readonly sealed: Uint8Array;
}

/** What the ledger is to do with an accepted record, or why this one is refused after all. */
type Take = (accepted: AcceptedRecord) => IncomingRecord | Refusal;

/** What becomes of each kind of message. */
const TAKE: Readonly<Record<MessageKind, Take>> = {
  message: takeMessage,
  manifest: refuseKind,
  batch: refuseKind,
  receipt: refuseKind,
  rejected: refuseKind,
};

/** Decides by its kind what becomes of an accepted record. */
export function takeByKind(accepted: AcceptedRecord): IncomingRecord | Refusal {
  return TAKE[accepted.opened.header.kind](accepted);
}

/** What the ledger keeps of an accepted record. */
export function messageOf({ source, opened, sealed }: AcceptedRecord): IncomingMessage {
  const { header, payloadSha256, signer } = opened;
  return {
    source,
    sender: header.from,
    id: header.id,
    digest: messageDigest(header, payloadSha256),
    kind: header.kind,
    type: header.type,
    correlationId: header.cid,
    header: JSON.stringify(header),
    signer: signer.fingerprint,
    sealed,
  };
}

function takeMessage(accepted: AcceptedRecord): IncomingRecord | Refusal {
  const { encoding } = accepted.opened.header;
  if (encoding === undefined) return { outcome: 'message', message: messageOf(accepted) };
  return {
    reason: 'encoding',
    detail: `payloads encoded with ${encoding} are not taken by this version`,
  };
}

function refuseKind({ opened: { header } }: AcceptedRecord): Refusal {
  return {
    reason: 'kind',
    detail: `messages of kind ${header.kind} are not taken by this version`,
  };
}
