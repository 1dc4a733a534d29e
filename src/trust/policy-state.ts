import { ANY_POLICY } from '../x509/oids.js';
import type { Interpreted } from './interpret.js';
import { PolicyGraph } from './policy-graph.js';

/** Which certificate policies a path must have (RFC 5280, section 6.1.1, inputs c and e to g). */
export interface PolicyOptions {
  /**
   * user-initial-policy-set: object identifiers' contents in hexadecimal; anyPolicy alone where
   * absent.
   */
  readonly acceptable?: ReadonlySet<string>;
  /** initial-explicit-policy: the path must be valid for an acceptable policy. */
  readonly requireExplicit?: boolean;
  /** initial-policy-mapping-inhibit. */
  readonly inhibitMapping?: boolean;
  /** initial-any-policy-inhibit. */
  readonly inhibitAny?: boolean;
}

const ANY: ReadonlySet<string> = new Set([ANY_POLICY]);

/** What certificate policies require along a path: RFC 5280, section 6.1, with RFC 9618's graph. */
export class PolicyState {
  readonly #graph = new PolicyGraph();
  readonly #acceptable: ReadonlySet<string>;
  #explicit: number;
  #mapping: number;
  #any: number;

  /** @param length how many certificates the path has, without the anchor. */
  constructor(options: PolicyOptions, length: number) {
    const initial = (isInhibited = false): number => (isInhibited ? 0 : length + 1);
    this.#acceptable = options.acceptable ?? ANY;
    this.#explicit = initial(options.requireExplicit);
    this.#mapping = initial(options.inhibitMapping);
    this.#any = initial(options.inhibitAny);
  }

  /** Section 6.1.3, steps d to f. Says whether the path may go on. */
  process({ policies, isSelfIssued }: Interpreted, isFinal: boolean): boolean {
    if (policies === undefined) this.#graph.clear();
    else this.#graph.extend(policies, this.#any > 0 || (!isFinal && isSelfIssued));
    return this.#explicit > 0 || !this.#graph.isEmpty;
  }

  /** Section 6.1.4, steps a, b and h to j, for all but the last. Says whether the path may go on. */
  prepare(issuer: Interpreted): boolean {
    const mappings = issuer.policyMappings;
    const mapsAny = mappings.some(
      ({ issuerPolicy, subjectPolicy }) =>
        issuerPolicy === ANY_POLICY || subjectPolicy === ANY_POLICY,
    );
    if (mapsAny) return false;
    if (mappings.length > 0) this.#graph.map(mappings, this.#mapping > 0);
    if (!issuer.isSelfIssued) this.#countDown();
    const { requireExplicitPolicy, inhibitPolicyMapping } = issuer.policyConstraints ?? {};
    this.#explicit = Math.min(this.#explicit, requireExplicitPolicy ?? Infinity);
    this.#mapping = Math.min(this.#mapping, inhibitPolicyMapping ?? Infinity);
    this.#any = Math.min(this.#any, issuer.inhibitAnyPolicy ?? Infinity);
    return true;
  }

  /** Section 6.1.5, steps a, b and g: the policies of the path, or undefined where none will do. */
  conclude(target: Interpreted): ReadonlySet<string> | undefined {
    this.#explicit = Math.max(0, this.#explicit - 1);
    if (target.policyConstraints?.requireExplicitPolicy === 0) this.#explicit = 0;
    const policies = this.#graph.constrainedBy(this.#acceptable);
    return this.#explicit > 0 || policies.size > 0 ? policies : undefined;
  }

  #countDown(): void {
    this.#explicit = Math.max(0, this.#explicit - 1);
    this.#mapping = Math.max(0, this.#mapping - 1);
    this.#any = Math.max(0, this.#any - 1);
  }
}
