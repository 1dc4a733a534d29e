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

/** Everything of a certificate or revocation list that begins or ends at a time. */
type Timed =
  Pick<Certificate, 'notBefore' | 'notAfter'> | Pick<RevocationList, 'thisUpdate' | 'nextUpdate'>;

/**
 * Path validation with a memory, for the certificates that come with every message. One cache knows
 * one set of anchors and revocation lists: when they change, make another.
 *
 * An acceptance is repeated only while every certificate of its path is valid and every revocation
 * list it relied on is current. A refusal is repeated for a minute, since the missing list or certificate
 * may come any time, and only while no certificate or list at hand begins or ends to be valid: a message
 * that comes a second after its sender's certificate has begun to count must not be refused for good
 * because of one that came a second before.
 */
export class VerdictCache {
  readonly #conditions: TrustConditions;
  readonly #crls: CrlIndex;
  readonly #verdicts = new Map<string, Remembered>();
  readonly #capacity: number;
  readonly #turns: readonly number[];

  constructor(conditions: TrustConditions) {
    this.#conditions = conditions;
    this.#crls = indexCrls(conditions.crls);
    this.#capacity = conditions.capacity ?? 4096;
    this.#turns = [...conditions.anchors, ...conditions.crls].flatMap(turnsOf);
  }

  /** As `validatePath` for the purpose of messages. `time` in Unix milliseconds. */
  validate(
    certificate: Certificate,
    intermediates: readonly Certificate[],
    time: number,
  ): PathVerdict {
    const key = keyOf(certificate, intermediates);
    const known = this.#verdicts.get(key);
    const turns = (): readonly number[] => [
      ...this.#turns,
      ...[certificate, ...intermediates].flatMap(turnsOf),
    ];
    if (known !== undefined && stillHolds(known, time, turns)) {
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

function stillHolds(
  { verdict, judgedAt }: Remembered,
  time: number,
  turns: () => readonly number[],
): boolean {
  if (verdict.ok) return verdict.validFrom <= time && time <= verdict.validUntil;
  if (time < judgedAt || time - judgedAt >= REFUSAL_LIFETIME) return false;
  return time === judgedAt || !turns().some((turn) => judgedAt < turn && turn <= time);
}

/** The first moments at which something about it is different. */
function turnsOf(one: Timed): readonly number[] {
  if ('notBefore' in one) return [one.notBefore, one.notAfter + 1_000];
  const { thisUpdate, nextUpdate } = one;
  return nextUpdate === undefined ? [thisUpdate] : [thisUpdate, nextUpdate, nextUpdate + 1];
}

/** Which intermediates are at hand may decide, so they belong to the question. */
function keyOf(certificate: Certificate, intermediates: readonly Certificate[]): string {
  if (intermediates.length === 0) return certificate.fingerprint;
  const hash = createHash('sha256').update(certificate.fingerprint);
  const others: Fingerprint[] = intermediates.map(({ fingerprint }) => fingerprint);
  for (const fingerprint of others.sort()) hash.update(fingerprint);
  return hash.digest('hex');
}
