import { verifySignature } from '../trust/signature.js';
import { CertificateError, type Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import { isSameName } from '../x509/name.js';
import { readCrls } from '../x509/pem.js';
import type { Answer } from './answer.js';
import type { KeptList } from './list-store.js';

/** What an answer is judged with. */
export interface AcceptTerms {
  /** The list at hand from the same address. */
  readonly known: KeptList | undefined;
  /** The certificates whose keys may have signed it. */
  readonly signers: readonly Certificate[];
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * Takes an answer for a revocation list: one that an authority in question has signed, and not an older
 * one than that at hand. So whoever stands between can hold a list back until it is out of date, and
 * can neither put up another nor turn the clock back.
 *
 * @returns the list, or in a few words why there is none.
 */
export function acceptAnswer(answer: Answer, terms: AcceptTerms): KeptList | string {
  const { known, now } = terms;
  switch (answer.kind) {
    case 'failed':
      return answer.reason;
    case 'unchanged': {
      if (known === undefined) return 'it says that nothing has changed';
      return { ...known, fetchedAt: now, httpLifetime: answer.httpLifetime };
    }
    case 'list': {
      const list = listIn(answer.body);
      return list === undefined ? 'what it gives is no revocation list' : take(list, answer, terms);
    }
  }
}

function take(
  list: RevocationList,
  { validators, httpLifetime }: Extract<Answer, { kind: 'list' }>,
  { known, signers, now }: AcceptTerms,
): KeptList | string {
  if (!signers.some((signer) => hasSigned(signer, list))) {
    return 'a list that no authority of the certificate has signed';
  }
  const fetched = { fetchedAt: now, httpLifetime };
  const isOutdated = known !== undefined && isOlder(list, known.list);
  if (isOutdated) return { ...known, ...fetched };
  const isSame = known !== undefined && Buffer.compare(known.list.der, list.der) === 0;
  return { list: isSame ? known.list : list, validators, ...fetched };
}

/** DER, as RFC 2585 wants it, or PEM, as some servers give it. */
function listIn(body: Uint8Array): RevocationList | undefined {
  try {
    const [list, ...others] = readCrls(body);
    return others.length === 0 ? list : undefined;
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}

function hasSigned(signer: Certificate, list: RevocationList): boolean {
  if (!isSameName(signer.subject, list.issuer)) return false;
  try {
    return verifySignature(list, signer.publicKey, false) === 'valid';
  } catch (error) {
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

function isOlder(list: RevocationList, known: RevocationList): boolean {
  return isSameName(list.issuer, known.issuer) && list.thisUpdate < known.thisUpdate;
}
