import type { KeyObject } from 'node:crypto';
import { serialKey, type CrlReason, type RevocationList, type RevokedEntry } from '../x509/crl.js';
import { ALL_REASONS, type DistributionPoint } from '../x509/distribution-points.js';
import { directoryName } from '../x509/general-name.js';
import { nameKey } from '../x509/name.js';
import { appliesTo, reasonsCovered, type ScopedCrl } from './crl-scope.js';
import type { Interpreted } from './interpret.js';
import type { Session } from './session.js';

/** An issuer within a path: its certificate and working key (RFC 5280, section 6.1.2, g to j). */
export interface Issuer {
  readonly certificate: Interpreted;
  readonly key: KeyObject;
}

/** The certificate whose revocation is asked for, and the path it stands in. */
export interface RevocationSubject {
  readonly certificate: Interpreted;
  readonly issuer: Issuer;
  readonly anchor: Interpreted;
}

/**
 * What the lists say, and from when until when (Unix milliseconds) they say it: the end comes when a
 * list is due for replacement or one that is not yet current becomes so.
 */
export type RevocationStatus =
  | {
      readonly status: 'good';
      readonly from: number;
      readonly until: number;
      /** The newest of each list that vouches for the certificate: the delta where there is one. */
      readonly lists: readonly RevocationList[];
    }
  | { readonly status: 'revoked'; readonly reason: CrlReason }
  | {
      readonly status: 'unknown';
      readonly reason: 'revocation-unknown' | 'revocation-stale';
      readonly message: string;
      readonly until: number;
      /** Whether the issuer publishes lists, as far as one can see. */
      readonly isPublished: boolean;
    };

/**
 * Whether a certificate outside the path may sign revocation lists under this anchor: its path is
 * validated like any other. Answers how long that holds (Unix milliseconds), or undefined for no.
 */
export type CrlSigners = (candidate: Interpreted, anchor: Interpreted) => number | undefined;

/** The key that signed a list, and until when it may be relied on. */
interface ListSigner {
  readonly key: KeyObject;
  readonly until: number;
}

/**
 * Asks the revocation lists about one certificate (RFC 5280, section 6.3.3): complete, delta and
 * indirect ones, by distribution points and reasons.
 *
 * A list that is out of date vouches for nothing, but what it revokes stays revoked unless a current
 * list says otherwise.
 *
 * @throws BudgetExceeded
 */
export function checkRevocation(
  subject: RevocationSubject,
  session: Session,
  signers: CrlSigners,
): RevocationStatus {
  return new RevocationCheck(subject, session, signers).run();
}

class RevocationCheck {
  readonly #subject: RevocationSubject;
  readonly #session: Session;
  readonly #signers: CrlSigners;
  readonly #serial: string;
  readonly #covered = new Set<CrlReason>();
  readonly #lists: RevocationList[] = [];
  #from = -Infinity;
  #until = Infinity;
  #stale: { readonly revoked: CrlReason | undefined; readonly due: number | undefined } | undefined;

  constructor(subject: RevocationSubject, session: Session, signers: CrlSigners) {
    this.#subject = subject;
    this.#session = session;
    this.#signers = signers;
    this.#serial = serialKey(subject.certificate.certificate.serial);
  }

  run(): RevocationStatus {
    for (const point of this.#points()) {
      for (const list of this.#listsAt(point)) {
        const reason = this.#ask(list, point);
        if (reason !== undefined) return { status: 'revoked', reason };
        if (this.#isDetermined()) return this.#good();
      }
    }
    return this.#undetermined();
  }

  #good(): RevocationStatus {
    return { status: 'good', from: this.#from, until: this.#until, lists: this.#lists };
  }

  /** The certificate's own points, then the one that section 6.3.3 assumes at the end. */
  #points(): readonly DistributionPoint[] {
    const { certificate, distributionPoints } = this.#subject.certificate;
    const names = [directoryName(certificate.issuer)];
    const assumed = {
      name: { type: 'full', names },
      reasons: undefined,
      crlIssuer: undefined,
    } as const;
    return [...distributionPoints, assumed];
  }

  #listsAt(point: DistributionPoint): readonly ScopedCrl[] {
    const issuers = point.crlIssuer?.flatMap((name) =>
      name.type === 'directory' ? [nameKey(name.value)] : [],
    ) ?? [this.#subject.certificate.issuer];
    return issuers.flatMap((issuer) => this.#session.crlsBy(issuer));
  }

  #isDetermined(): boolean {
    return [...ALL_REASONS].every((reason) => this.#covered.has(reason));
  }

  /** Says for which reason the list revokes the certificate, or notes what else it answers. */
  #ask(list: ScopedCrl, point: DistributionPoint): CrlReason | undefined {
    if (this.#isFuture(list) || list.deltaOf !== undefined) return undefined;
    const reasons = reasonsCovered(list, this.#subject.certificate, point);
    if ([...reasons].every((reason) => this.#covered.has(reason))) return undefined;
    const signer = this.#signerOf(list, point);
    if (signer === undefined) return undefined;
    const delta = this.#deltaFor(list, signer.key);
    const newest = delta ?? list;
    if (!this.#isCurrent(newest)) {
      this.#stale ??= { revoked: this.#entryIn(list)?.reason, due: list.crl.nextUpdate };
      return undefined;
    }
    const entry = (delta && this.#entryIn(delta)) ?? this.#entryIn(list);
    if (entry !== undefined && entry.reason !== 'removeFromCRL') return entry.reason;
    for (const reason of reasons) this.#covered.add(reason);
    this.#lists.push(newest.crl);
    this.#from = Math.max(this.#from, newest.crl.thisUpdate);
    this.#until = Math.min(this.#until, signer.until, newest.crl.nextUpdate ?? 0);
    return undefined;
  }

  /** The newest lists come first, so none that will matter later is overlooked. */
  #isFuture({ crl }: ScopedCrl): boolean {
    const isFuture = crl.thisUpdate > this.#session.options.time;
    if (isFuture) this.#until = Math.min(this.#until, crl.thisUpdate - 1);
    return isFuture;
  }

  #isCurrent(list: ScopedCrl): boolean {
    const { nextUpdate } = list.crl;
    return nextUpdate !== undefined && this.#session.options.time <= nextUpdate;
  }

  /** The newest delta that is current and brings this complete list up to date. */
  #deltaFor(complete: ScopedCrl, key: KeyObject): ScopedCrl | undefined {
    return this.#session
      .crlsBy(complete.issuer)
      .find(
        (list) =>
          appliesTo(list, complete) &&
          !this.#isFuture(list) &&
          this.#isCurrent(list) &&
          this.#session.verify(list.crl, key) === 'valid',
      );
  }

  #entryIn({ crl, issuer }: ScopedCrl): RevokedEntry | undefined {
    const wanted = this.#subject.certificate.issuer;
    return crl.revoked
      .get(this.#serial)
      ?.find((entry) => (entry.issuer === undefined ? issuer : nameKey(entry.issuer)) === wanted);
  }

  /** Section 6.3.3, steps f and g: who signed the list, if it may. */
  #signerOf(list: ScopedCrl, point: DistributionPoint): ListSigner | undefined {
    const { issuer, anchor } = this.#subject;
    const isByIssuer = issuer.certificate.subject === list.issuer && maySign(issuer.certificate);
    if (isByIssuer && this.#session.verify(list.crl, issuer.key) === 'valid') {
      return { key: issuer.key, until: Infinity };
    }
    const candidates = [
      ...(anchor.subject === list.issuer ? [anchor] : []),
      ...this.#session.intermediatesNamed(list.issuer),
    ];
    for (const candidate of candidates) {
      const key = maySign(candidate) ? this.#session.keyOf(candidate.certificate) : undefined;
      if (key === undefined || this.#session.verify(list.crl, key) !== 'valid') continue;
      const until = this.#trustIn(candidate, point);
      if (until !== undefined) return { key, until };
    }
    return undefined;
  }

  /**
   * The signer of an indirect list may answer for its own certificate where that certificate's
   * distribution point sends us to it: its CA offers no other source (PKITS 4.14.30).
   */
  #trustIn(candidate: Interpreted, point: DistributionPoint): number | undefined {
    const { certificate, anchor } = this.#subject;
    const isSentToItself = candidate === certificate && point.crlIssuer !== undefined;
    return candidate === anchor || isSentToItself ? Infinity : this.#signers(candidate, anchor);
  }

  #undetermined(): RevocationStatus {
    const [stale, until] = [this.#stale, this.#until];
    if (stale?.revoked !== undefined && stale.revoked !== 'removeFromCRL') {
      return { status: 'revoked', reason: stale.revoked };
    }
    const unknown = { status: 'unknown', until, isPublished: this.#isPublished() } as const;
    if (stale?.due === undefined) {
      const message = 'no revocation list at hand covers it';
      return { ...unknown, reason: 'revocation-unknown', message };
    }
    const due = new Date(stale.due).toISOString();
    const message = `its revocation list was due for replacement at ${due}`;
    return { ...unknown, reason: 'revocation-stale', message };
  }

  #isPublished(): boolean {
    const { distributionPoints, issuer } = this.#subject.certificate;
    return distributionPoints.length > 0 || this.#session.crlsBy(issuer).length > 0;
  }
}

function maySign({ keyUsage }: Interpreted): boolean {
  return keyUsage === undefined || keyUsage.has('cRLSign');
}
