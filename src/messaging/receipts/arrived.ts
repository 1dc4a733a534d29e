import { EnvelopeRefused } from '../../envelope/refused.js';
import { checkReceipt, readOriginal } from '../../envelope/original.js';
import type { PlainReceipt, ReceiptFacts } from '../../envelope/types.js';
import type { Answered } from '../../domain/attested.js';
import type { PeerName } from '../../domain/peer-name.js';
import type {
  IncomingReceipt,
  IncomingRecord,
  KeptOriginal,
  RecordSource,
} from '../../ledger/port.js';
import type { Certificate } from '../../x509/certificate.js';
import { judgeSender, type JudgedSender, type JudgeDeps } from '../judge-sender.js';
import type { AcceptedRecord, Refusal, TakeDeps } from '../kinds.js';
import { judgementOf } from './judgement.js';
import { signatureKey } from './original.js';
import { readRejection } from './rejection.js';

/**
 * Takes a receipt of a peer that may speak for itself: it has to be about a message that was sent to
 * this very peer, and fit what was kept of it.
 */
export async function takeReceipt(
  accepted: AcceptedRecord,
  deps: TakeDeps,
): Promise<IncomingRecord | Refusal> {
  const { header, receipt, signer, signedData } = accepted.opened;
  if (receipt === undefined || header.attests === undefined) return misfit('it attests nothing');
  const original = await findOriginal(receipt, deps);
  if ('reason' in original) return original;
  if (header.replyTo !== original.id) {
    return misfit(`it says to be for ${String(header.replyTo)}, and is for ${original.id}`);
  }
  if (!original.recipients.includes(header.from)) return foreign(original, header.from);
  const said = { says: header.attests, reason: undefined, detail: undefined };
  const says = header.except === undefined ? said : { ...said, except: header.except };
  return keep({ ...accepted, peer: header.from, signer, signedData }, original, says, deps);
}

/** Takes a rejection: it names the message by id and digest, and was sent to the one who says so. */
export async function takeRejection(
  accepted: AcceptedRecord,
  deps: TakeDeps,
): Promise<IncomingRecord | Refusal> {
  const { header, payload, signer, signedData } = accepted.opened;
  const rejection = readRejection(payload);
  if (rejection === undefined) return misfit('it does not say what was rejected, and why');
  const { id, digest, reason, detail } = rejection;
  if (header.replyTo !== id) return misfit(`its header is about ${String(header.replyTo)}`);
  const original = (await deps.ledger.receipts.originals(id)).find((one) => one.digest === digest);
  if (original === undefined) return unknown(`no message ${id} of this digest was sent from here`);
  if (!original.recipients.includes(header.from)) return foreign(original, header.from);
  const says = { says: 'rejected', reason, detail } as const;
  return keep({ ...accepted, peer: header.from, signer, signedData }, original, says, deps);
}

/**
 * Takes a receipt that another program than msg has signed. It names nobody: it has to be one of those
 * the message was sent to whose certificate the directory holds.
 */
export async function takePlainReceipt(
  plain: PlainReceipt,
  { source, receivedAt }: { readonly source: RecordSource; readonly receivedAt: number },
  deps: TakeDeps & JudgeDeps,
): Promise<IncomingRecord | Refusal> {
  const { receipt, signer, signedData } = plain;
  const original = await findOriginal(receipt, deps);
  if ('reason' in original) return original;
  for (const peer of original.recipients) {
    const claim = { from: peer, signer, appendedAt: source.appendedAt, receivedAt };
    const sender = await judgeSender(claim, deps);
    if ('reason' in sender) {
      if (sender.reason !== 'signer') return sender;
      continue;
    }
    const says = { says: 'received', reason: undefined, detail: undefined } as const;
    return keep({ source, sender, peer, signer, signedData }, original, says, deps);
  }
  return {
    reason: 'receipt-peer',
    detail: `no peer that ${original.id} was sent to has this certificate in the directory`,
  };
}

interface Signed {
  readonly source: RecordSource;
  readonly sender: JudgedSender;
  readonly peer: PeerName;
  readonly signer: Certificate;
  readonly signedData: Uint8Array;
}

async function keep(
  { source, sender, peer, signer, signedData }: Signed,
  original: KeptOriginal,
  says: Pick<IncomingReceipt, 'reason' | 'detail' | 'except'> & { readonly says: Answered },
  deps: TakeDeps,
): Promise<IncomingRecord> {
  const { id, signature } = original;
  const known = await judgementOf(sender, readOriginal(original.signedData), deps);
  return {
    outcome: 'receipt',
    receipt: {
      ...{ id, peer, signature, signer: signer.fingerprint, signedData, source },
      ...says,
      ...known,
    },
  };
}

/** What was kept of the message that a receipt is about, if the receipt fits it. */
async function findOriginal(
  receipt: ReceiptFacts,
  { ledger }: Pick<TakeDeps, 'ledger'>,
): Promise<KeptOriginal | Refusal> {
  const found = await ledger.receipts.originalOf(signatureKey(receipt.originatorSignature));
  if (found === undefined) return unknown('it is for no message that was sent from here');
  try {
    checkReceipt(receipt, readOriginal(found.signedData));
    return found;
  } catch (error) {
    if (error instanceof EnvelopeRefused) return misfit(error.message);
    throw error;
  }
}

function unknown(detail: string): Refusal {
  return { reason: 'receipt-unknown', detail };
}

function misfit(detail: string): Refusal {
  return { reason: 'receipt-mismatch', detail };
}

function foreign({ id }: KeptOriginal, peer: PeerName): Refusal {
  return { reason: 'receipt-peer', detail: `${id} was never sent to ${peer}` };
}
