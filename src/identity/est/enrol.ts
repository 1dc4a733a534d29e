import { readPem } from '../../asn1/pem.js';
import type { Clock } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import type { Certificate } from '../../x509/certificate.js';
import { arrangeChain, type ArrangedChain } from '../certificate-chain.js';
import { publicKeyOf } from '../entry-key.js';
import type { KeyEntry } from '../key-entry.js';
import { readPublic } from '../private-file.js';
import type { KeyStore } from '../store.js';
import type { EnrolmentAnswer, EstOperation } from './client.js';
import {
  completeEnrolment,
  dropReceived,
  enrolmentOf,
  keepReceived,
  postpone,
  receivedBy,
  type Enrolment,
  type UnderWay,
} from './enrolment-record.js';

/** What an enrolment needs of an EST server. */
export interface EstServer {
  authorities(): Promise<readonly Certificate[]>;
  enroll(operation: EstOperation, request: Uint8Array): Promise<EnrolmentAnswer>;
}

/** What an enrolment works with. */
export interface EnrolmentParts {
  readonly store: KeyStore;
  /** Opened only when there is something to ask. */
  readonly server: () => Promise<EstServer>;
  /**
   * Judges what was issued.
   *
   * @throws MsgError when no peer would believe it.
   */
  readonly accept: (certificate: Certificate, chain: readonly Certificate[]) => Promise<void>;
  readonly clock: Clock;
  /** Ask even before the time that the server has named. */
  readonly now?: boolean | undefined;
}

/** Where an enrolment stands. */
export type EnrolmentOutcome =
  | { readonly kind: 'issued'; readonly entry: KeyEntry }
  | { readonly kind: 'pending'; readonly retryAt: number };

/** The enrolments under way, of one operation. */
export function enrolmentsUnderWay(
  store: KeyStore,
  operation: Enrolment['operation'],
): readonly UnderWay[] {
  return store.list().flatMap((entry) => {
    const enrolment = enrolmentOf(entry);
    return enrolment?.operation === operation ? [{ entry, enrolment }] : [];
  });
}

/**
 * Brings an enrolment as far as it goes now. It can be broken off anywhere and called again: the key
 * and its request are there before the first call, what the server issues is on the disk before it is
 * judged, and the same request asks again for the same certificate.
 *
 * @throws MsgError as {@link EstServer} and `accept` do; what was received stays for the next call
 *   unless it is of no use to this key.
 */
export async function pursue(underWay: UnderWay, parts: EnrolmentParts): Promise<EnrolmentOutcome> {
  const { entry, enrolment } = underWay;
  if (entry.certificate !== undefined) return finish(underWay);
  const received = receivedBy(entry);
  if (received !== undefined) return takeIn(underWay, received, parts);
  const { retryAt = 0 } = enrolment;
  if (parts.now !== true && retryAt > parts.clock()) return { kind: 'pending', retryAt };
  const server = await parts.server();
  const authorities = await server.authorities();
  const operation = enrolment.operation === 'renew' ? 'simplereenroll' : 'simpleenroll';
  const answer = await server.enroll(operation, requestOf(entry));
  if (answer.kind === 'pending') {
    postpone(underWay, answer.retryAt);
    return answer;
  }
  const all = [...answer.certificates, ...authorities];
  requireForKey(entry, answer.certificates);
  keepReceived(entry, all);
  return takeIn(underWay, all, parts);
}

/** The kept request, as it was made with the key. */
function requestOf({ label, requestPath }: KeyEntry): Uint8Array {
  const [block] =
    requestPath === undefined ? [] : readPem(readPublic(requestPath).toString('latin1'));
  if (block !== undefined) return block.der;
  throw new MsgError('key-refused', `the request of the key ${label} is gone`, {
    hint: 'begin anew with --again',
  });
}

async function takeIn(
  { entry, enrolment }: UnderWay,
  certificates: readonly Certificate[],
  { store, accept }: EnrolmentParts,
): Promise<EnrolmentOutcome> {
  const { certificate, chain } = requireForKey(entry, certificates);
  await accept(certificate, chain);
  return finish({ entry: store.attach(entry.label, certificate, chain), enrolment });
}

function requireForKey(entry: KeyEntry, certificates: readonly Certificate[]): ArrangedChain {
  try {
    return arrangeChain(certificates, publicKeyOf(entry));
  } catch (cause) {
    if (!(cause instanceof MsgError)) throw cause;
    dropReceived(entry);
    throw new MsgError('enrolment-refused', 'the EST server issued a certificate for another key', {
      hint: `nothing was taken in; ask the authority, then run it again: the key ${entry.label} is kept`,
      cause,
    });
  }
}

function finish(done: UnderWay): EnrolmentOutcome {
  completeEnrolment(done);
  return { kind: 'issued', entry: done.entry };
}
