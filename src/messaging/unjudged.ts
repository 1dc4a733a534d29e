import type { MessageKind } from '../envelope/header.js';
import { MsgError } from '../errors.js';
import type { RefusedRecord } from '../ledger/port.js';
import { AS_IT_IS } from '../registry/port.js';
import type { SenderClaim } from './judge-sender.js';
import type { MessagingDeps } from './deps.js';
import { isPassing } from './passing.js';

/** What a record waits for whose signer cannot be judged now. */
export const UNJUDGED = 'unjudged';

/** A record whose signer cannot be judged now: not whether it is genuine, but that it is unknown. */
export class SignerUnjudged extends MsgError {
  /** What its signer's records have in common. */
  readonly lane: string;
  readonly kind: MessageKind;
  /** Whether the directory, as far as it is known here, has the certificate under that name. */
  readonly isKnown: boolean;
  /** Whether it only waits behind another record of its signer, and was not judged itself. */
  readonly isBehind: boolean;

  constructor(
    { code, message, hint }: Pick<MsgError, 'code' | 'message' | 'hint'>,
    about: Pick<SignerUnjudged, 'lane' | 'kind' | 'isKnown' | 'isBehind'>,
  ) {
    super(code, message, hint === undefined ? {} : { hint });
    this.lane = about.lane;
    this.kind = about.kind;
    this.isKnown = about.isKnown;
    this.isBehind = about.isBehind;
  }
}

/**
 * The lane of a signer: a name and a certificate. By the name alone a stranger could stand in the way of
 * whom he claims to be.
 */
export function laneOf({ from, signer }: Pick<SenderClaim, 'from' | 'signer'>): string {
  return `${from} ${signer.fingerprint}`;
}

/** What is to be said of a record that cannot be judged now. */
interface WaitingClaim {
  readonly claim: SenderClaim;
  readonly kind: MessageKind;
}

/** A record of which nothing is asked, since an earlier one of its signer waits. */
export async function behind(
  waiting: WaitingClaim,
  deps: Pick<MessagingDeps, 'book'>,
): Promise<SignerUnjudged> {
  const message = `an earlier record that claims to be from ${waiting.claim.from} waits to be judged`;
  const reason = { code: 'address-book-stale', message, hint: undefined } as const;
  return new SignerUnjudged(reason, { ...(await aboutOf(waiting, deps)), isBehind: true });
}

/** Says whose judgement failed, of what passes; everything else stays as it is. */
export async function setAside(
  error: unknown,
  waiting: WaitingClaim,
  deps: Pick<MessagingDeps, 'book'>,
): Promise<unknown> {
  if (!isPassing(error)) return error;
  return new SignerUnjudged(error, { ...(await aboutOf(waiting, deps)), isBehind: false });
}

async function aboutOf(
  { claim, kind }: WaitingClaim,
  { book }: Pick<MessagingDeps, 'book'>,
): Promise<Pick<SignerUnjudged, 'lane' | 'kind' | 'isKnown'>> {
  const record = await book.find(claim.from, AS_IT_IS).catch(() => undefined);
  const isKnown = record?.certificates.some(
    ({ fingerprint }) => fingerprint === claim.signer.fingerprint,
  );
  return { lane: laneOf(claim), kind, isKnown: isKnown === true };
}

/**
 * What the ledger keeps of a record that waits; undefined where it cannot: then everything behind it in
 * its partition waits as well.
 *
 * - Where there is room it waits with its bytes, in its signer's lane.
 * - Where there is none and nobody knows its signer it is refused: strangers could fill the disk.
 * - A manifest of a known signer is not set aside, since its chunks would come for nothing.
 */
export function waitingRecord(
  record: Omit<RefusedRecord, 'reason' | 'detail' | 'lane'>,
  { lane, kind, isKnown, message }: SignerUnjudged,
  hasRoom: boolean,
): RefusedRecord | undefined {
  if (isKnown && kind === 'manifest') return undefined;
  if (hasRoom) return { ...record, reason: UNJUDGED, detail: message, lane };
  if (isKnown) return undefined;
  return { ...record, reason: 'unjudged-limit', detail: `too much waits already; ${message}` };
}
