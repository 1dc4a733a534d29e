import type { RefusalReason } from '../envelope/refused.js';
import { ERROR_CODES } from '../errors.js';

/** What lies behind a reason in the quarantine, and what to do about it. */
export interface ReasonEntry {
  readonly cause: string;
  readonly next: string;
}

const TELL_SENDER = 'tell the sender; it sends again';
const LOOK = 'look at it with "msg quarantine export", then drop it';

/** Not written by msg, damaged on the way, or an attack: nothing of it can be believed. */
function strange(cause: string): ReasonEntry {
  return { cause, next: LOOK };
}

/** What is wrong with the envelope. */
const ENVELOPE: Readonly<Record<RefusalReason, ReasonEntry>> = {
  'too-large': {
    cause: 'the record is larger than limits.message, or its payload than limits.file',
    next: 'raise the limit if you expect such messages, then retry',
  },
  malformed: strange('no CMS, or bytes left over'),
  'content-type': strange('CMS of another kind'),
  cipher: strange('encrypted otherwise than the profile wants'),
  'key-management': strange('the key reaches its recipients otherwise than the profile wants'),
  profile: strange('a version or part of CMS that the profile does not have'),
  'not-for-us': {
    cause: 'sealed to a key that the key store does not have (any more), or for somebody else',
    next: 'import the key with "msg identity import", then retry',
  },
  undecryptable: strange('damaged, forged, or sealed to another key'),
  signers: strange('not exactly one signature'),
  'signer-certificate': strange("the signer's certificate is missing or cannot be read"),
  'signature-algorithm': strange('signed with an algorithm outside the profile'),
  'signed-attributes': strange('what the signature covers is missing, doubled or contradictory'),
  signature: strange('the signature is wrong'),
  content: strange('the payload could be mistaken for signed attributes'),
  header: strange('the signed header breaks its rules'),
  'header-mismatch': strange('the signed header contradicts the envelope'),
  manifest: strange('the description of a large payload breaks its rules'),
  encoding: strange('a packed payload that does not unpack to the size that was declared'),
  receipt: strange('a receipt that breaks its rules'),
  'not-addressed': {
    cause: 'the signed header does not name you: somebody passed on what was meant for another',
    next: 'tell the sender whose message it is; drop it',
  },
};

/** What is wrong with the message, its sender, or its delivery. */
const MESSAGE: Readonly<Record<string, ReasonEntry>> = {
  unjudged: {
    cause: 'whoever signed it cannot be judged now: chain or revocation list are out of reach',
    next: 'nothing: "msg listen" judges it as soon as it can; "msg quarantine retry" tries at once',
  },
  'unjudged-limit': {
    cause: 'its signer was unknown while the chain was away, and too much was waiting already',
    next: 'retry once the chain is back; if only its beginning was kept, have the sender send it again',
  },
  'before-floor': {
    cause: 'older than messages of its sender that were pruned: it may have been delivered before',
    next: 'if it was not, have the sender send it anew; drop it',
  },
  kind: {
    cause: 'a kind of message that this version does not take',
    next: 'update msg, then retry',
  },
  'receipt-unknown': {
    cause: 'a receipt for a message that this ledger did not send',
    next: 'if another ledger of yours did, look there; otherwise drop it',
  },
  'receipt-mismatch': strange('a receipt that does not fit the message it names'),
  'receipt-peer': {
    cause: 'a receipt by somebody whom the message was not sent to',
    next: 'ask the recipient of the message who has it; drop it',
  },
  'from-the-future': {
    cause: "the sender's clock is more than 5 minutes ahead of the broker's",
    next: `have the sender set its clock; ${TELL_SENDER}`,
  },
  signer: {
    cause: 'the directory does not hold this certificate for the sender',
    next: 'if the sender has published it since, retry; otherwise tell the sender',
  },
  superseded: {
    cause: 'the sender had replaced this certificate before it sent the message',
    next: TELL_SENDER,
  },
  'sender-status': {
    cause: 'the sender is suspended in the directory, or removed from it',
    next: 'ask the registrar; retry once the sender is reinstated',
  },
  'sender-version': { cause: 'the certificate was revoked in the directory', next: TELL_SENDER },
  'sender-pin': {
    cause: 'what the directory shows as the certificate is not what it has the hash of',
    next: 'ask the sender to publish its certificate again',
  },
  'sender-path': {
    cause:
      'another authority than in trust.anchors, an expired or revoked certificate, or a missing revocation list',
    next: 'see the checks with "msg peer verify PEER"; add the anchor or revocation list, then retry',
  },
  'sender-name': {
    cause: 'the certificate does not name the sender as trust.naming wants it',
    next: 'agree on one trust.naming, then retry',
  },
  'sender-proof': {
    cause: "the certificate's key did not sign for the account that published it",
    next: 'ask the sender and the registrar: somebody may be trying something',
  },
  'id-conflict': {
    cause: 'the sender used a message id twice, for different content; the first message stands',
    next: 'tell the sender, whose program has to make new ids; then drop it',
  },
  expired: {
    cause: 'it was delivered, or would have been, after the time that its sender set',
    next: 'it is never delivered: ask the sender, or drop it',
  },
  incomplete: {
    cause: 'nothing came of a large payload for limits.pending-for, and some of it is missing',
    next: TELL_SENDER,
  },
  aborted: {
    cause: 'its sender took a large payload back, such as because the file changed meanwhile',
    next: 'nothing; the sender sends another',
  },
  damaged: {
    cause: 'a large payload came as a whole, and is not the one that was announced',
    next: TELL_SENDER,
  },
  'pending-limit': {
    cause: 'more of one sender was under way than limits.pending-files or -bytes allow',
    next: `raise the limit if you expect that; ${TELL_SENDER}`,
  },
  'payload-lost': {
    cause: 'a large payload is no longer in the spool: somebody removed it',
    next: 'ask the sender to send it again under another id; drop this one',
  },
  'chunk-undecryptable': {
    cause: 'a chunk of a known payload that was forged, or damaged in the log',
    next: 'nothing if the payload came all the same; then drop it',
  },
  'chunk-encoding': {
    cause: 'a packed chunk that does not unpack to what its place in the payload holds',
    next: TELL_SENDER,
  },
  'message-refused': {
    cause: 'the handler refused it; the detail says why',
    next: 'mend the handler or what it works on, then retry',
  },
  'handler-failed': {
    cause: 'the handler failed, for good or as often as allowed; the detail has its last words',
    next: 'mend the handler, then retry',
  },
  'reply-failed': {
    cause: 'the handler did its work, but its reply could not be sent; the detail says why',
    next: 'mend that, then retry: the handler runs once more',
  },
};

/** Every reason that msg itself gives, in the order of a reader's checks. */
export const QUARANTINE_REASONS: Readonly<Record<string, ReasonEntry>> = {
  ...ENVELOPE,
  ...MESSAGE,
};

/**
 * Every reason that msg gives: those of the readers, of which what may be wrong with an envelope may be with
 * a chunk, and the code of an error that a delivery ended with.
 */
export const KNOWN_REASONS: readonly string[] = [
  ...new Set([
    ...Object.keys(QUARANTINE_REASONS),
    ...Object.keys(ENVELOPE).map((reason) => `chunk-${reason}`),
    ...Object.keys(ERROR_CODES),
  ]),
];

const OTHER: ReasonEntry = {
  cause: 'the detail says why',
  next: 'mend what the detail names, then retry',
};

/** A chunk in another form than the profile has. */
const STRANGE_CHUNK = strange('a chunk in another form than msg writes');

/** What is known about a reason; one that this version does not know has its detail only. */
export function explainReason(reason: string): ReasonEntry {
  const known = QUARANTINE_REASONS[reason];
  return known ?? (reason.startsWith('chunk-') ? STRANGE_CHUNK : OTHER);
}
