import type { WantedLists, PublishedLists } from '../crl/published-lists.js';
import type { Clock } from '../domain/environment.js';
import type { Patience } from '../domain/patience.js';
import type { PathStep, ReliedOn } from '../messaging/verify-peer.js';
import {
  explainRefusal,
  stageOf,
  type PathAccepted,
  type PathRefused,
  type PathVerdict,
} from '../trust/verdict.js';
import { VerdictCache } from '../trust/verdict-cache.js';
import type { Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import type { TrustRule } from './trust-rules.js';
import { stagesPassed, stagesUntil, stepPassed, whatListsSay } from './path-sentences.js';
import { because, isTransient, wantedLists } from './wanted-lists.js';

/** Where revocation lists come from. */
export interface ListsAtHand {
  /** From the files of `trust.crls`. */
  readonly files: readonly RevocationList[];
  /** From distribution points; absent where they are not to be asked. */
  readonly published: PublishedLists | undefined;
}

/** A certificate, and what may help it to an anchor. */
export interface PathQuestion {
  readonly certificate: Certificate;
  readonly intermediates: readonly Certificate[];
}

/** How a path is judged this time. */
export interface PathTerms {
  /** The time that validity is judged at, in Unix milliseconds. */
  readonly at: number;
  readonly patience: Patience;
  readonly anew?: boolean;
}

/**
 * Judges paths under one rule: for the time in question, which for a message is when the log received
 * it, and revocation for now, whenever that was. A certificate that has expired since is on no list any
 * more, so its revocation is not asked for.
 *
 * Only of certificates that lead to an anchor are the distribution points asked: nobody else can have
 * msg ask addresses of its choice.
 */
export class PathJudge {
  readonly #rule: Pick<TrustRule, 'anchors' | 'revocation'>;
  readonly #lists: ListsAtHand;
  readonly #clock: Clock;
  readonly #paths: VerdictCache;
  readonly #wanted = new WeakMap<PathAccepted, WantedLists>();
  readonly #passed = new WeakMap<PathAccepted, readonly PathStep[]>();
  #today: { readonly version: number; readonly verdicts: VerdictCache } | undefined;

  constructor(rule: Pick<TrustRule, 'anchors' | 'revocation'>, lists: ListsAtHand, clock: Clock) {
    this.#rule = rule;
    this.#lists = lists;
    this.#clock = clock;
    this.#paths = new VerdictCache({ anchors: rule.anchors, crls: [], revocation: 'off' });
  }

  /** The questions that were asked, in their order; only the last may have failed. */
  async judge(question: PathQuestion, terms: PathTerms): Promise<readonly PathStep[]> {
    const { certificate, intermediates } = question;
    const verdict = this.#paths.validate(certificate, intermediates, terms.at);
    if (!verdict.ok) return stagesUntil(verdict);
    const wanted = this.#wantedFor(verdict, question);
    const missing = await this.#lists.published?.bring(wanted, terms);
    const current = this.#verdicts().validate(certificate, intermediates, this.#clock());
    const passed = this.#stepsOf(verdict);
    if (!current.ok && stageOf(current) === 'revocation') {
      return [...passed, refusal(current, missing ?? [])];
    }
    const step = stepPassed('revocation', () => this.#saidOf(current, missing ?? []));
    const { path } = verdict;
    const reliedOn = (): ReliedOn => ({ path, crls: this.#listsOf(path) });
    return [...passed, Object.assign(step, { reliedOn })];
  }

  #wantedFor(verdict: PathAccepted, { certificate, intermediates }: PathQuestion): WantedLists {
    const isOver = certificate.notAfter < this.#clock();
    if (isOver || this.#rule.revocation === 'off') return { sources: [], signers: [] };
    const known = this.#wanted.get(verdict);
    if (known !== undefined) return known;
    const wanted = wantedLists(verdict, [...intermediates, ...this.#rule.anchors]);
    this.#wanted.set(verdict, wanted);
    return wanted;
  }

  /** Verdicts are remembered from message to message, and so is what they are in words. */
  #stepsOf(verdict: PathAccepted): readonly PathStep[] {
    const steps = this.#passed.get(verdict) ?? stagesPassed(verdict.path);
    this.#passed.set(verdict, steps);
    return steps;
  }

  #saidOf(current: PathVerdict, missing: readonly string[]): string {
    const said = whatListsSay(this.#rule.revocation, current);
    return current.ok && current.revocationChecked ? said : because(said, missing);
  }

  #verdicts(): VerdictCache {
    const { files, published } = this.#lists;
    const version = published?.version ?? 0;
    if (this.#today?.version !== version) {
      const crls = [...files, ...(published?.lists ?? [])];
      this.#today = { version, verdicts: new VerdictCache({ ...this.#rule, crls }) };
    }
    return this.#today.verdicts;
  }

  /** The lists of those who issued the certificates of a path. */
  #listsOf(path: readonly Certificate[]): readonly Uint8Array[] {
    const { files, published } = this.#lists;
    const isConcerned = ({ issuer }: RevocationList): boolean =>
      path.some((certificate) => Buffer.compare(certificate.issuer, issuer) === 0);
    return [...files, ...(published?.lists ?? [])].filter(isConcerned).map(({ der }) => der);
  }
}

function refusal(verdict: PathRefused, missing: readonly string[]): PathStep {
  const check = stageOf(verdict);
  const explained = explainRefusal(verdict);
  if (verdict.reason === 'revoked') return { check, passed: false, detail: explained };
  const detail = because(explained, missing);
  const step = { check, passed: false, detail } as const;
  return isTransient(verdict, missing) ? { ...step, transient: true } : step;
}
