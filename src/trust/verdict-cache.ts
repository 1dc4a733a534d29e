import { createHash } from 'node:crypto';
import type { Fingerprint } from '../domain/fingerprint.js';
import type { Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import { indexCrls, type CrlIndex } from './crl-scope.js';
import { validatePath, type PathRequest } from './validate-path.js';
import type { PathVerdict } from './verdict.js';

/** What stays the same from one question to the next: anchors, lists and all other conditions. */
export type TrustConditions = Omit<
  PathRequest,
  'certificate' | 'intermediates' | 'time' | 'crls' | 'purpose'
> & {
  readonly crls: readonly RevocationList[];
  /** How many verdicts are kept; 4096 where absent. */
  readonly capacity?: number;
};

/** How long a refusal is repeated before the certificate is looked at again, in milliseconds. */
const REFUSAL_LIFETIME = 60_000;

interface Remembered {
  readonly verdict: PathVerdict;
  readonly judgedAt: number;
}

/**
 * Path validation with a memory, for the certificates that come with every message. One cache knows
 * one set of anchors and revocation lists: when they change, make another.
 *
 * An acceptance is repeated only while every certificate of its path is valid and every revocation
 * list it relied on is current; a refusal for a minute, since the missing list or certificate may
 * come any time.
 */
export class VerdictCache {
  readonly #conditions: TrustConditions;
  readonly #crls: CrlIndex;
  readonly #verdicts = new Map<string, Remembered>();
  readonly #capacity: number;

  constructor(conditions: TrustConditions) {
    this.#conditions = conditions;
    this.#crls = indexCrls(conditions.crls);
    this.#capacity = conditions.capacity ?? 4096;
  }

  /** As `validatePath` for the purpose of messages. `time` in Unix milliseconds. */
  validate(
    certificate: Certificate,
    intermediates: readonly Certificate[],
    time: number,
  ): PathVerdict {
    const key = keyOf(certificate, intermediates);
    const known = this.#verdicts.get(key);
    if (known !== undefined && stillHolds(known, time)) {
      this.#keep(key, known);
      return known.verdict;
    }
    const request = { ...this.#conditions, crls: this.#crls, certificate, intermediates, time };
    const verdict = validatePath(request);
    this.#keep(key, { verdict, judgedAt: time });
    return verdict;
  }

  /** Puts a verdict last in line; the first in line, asked for longest ago, makes room. */
  #keep(key: string, remembered: Remembered): void {
    this.#verdicts.delete(key);
    this.#verdicts.set(key, remembered);
    if (this.#verdicts.size <= this.#capacity) return;
    const [oldest] = this.#verdicts.keys();
    if (oldest !== undefined) this.#verdicts.delete(oldest);
  }
}

function stillHolds({ verdict, judgedAt }: Remembered, time: number): boolean {
  if (verdict.ok) return verdict.validFrom <= time && time <= verdict.validUntil;
  return judgedAt <= time && time - judgedAt < REFUSAL_LIFETIME;
}

/** Which intermediates are at hand may decide, so they belong to the question. */
function keyOf(certificate: Certificate, intermediates: readonly Certificate[]): string {
  if (intermediates.length === 0) return certificate.fingerprint;
  const hash = createHash('sha256').update(certificate.fingerprint);
  const others: Fingerprint[] = intermediates.map(({ fingerprint }) => fingerprint);
  for (const fingerprint of others.sort()) hash.update(fingerprint);
  return hash.digest('hex');
}
