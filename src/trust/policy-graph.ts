import { ANY_POLICY } from '../x509/oids.js';
import type { PolicyMapping } from '../x509/extension-values.js';

/** One valid policy at one depth of the graph. */
interface PolicyNode {
  readonly policy: string;
  /** The policies that satisfy this one in the next certificate. */
  expected: ReadonlySet<string>;
  readonly parents: readonly PolicyNode[];
}

type Level = Map<string, PolicyNode>;

/**
 * The valid_policy_graph of RFC 9618, which replaces RFC 5280's valid_policy_tree: one node a policy
 * and depth, however many parents it has, so that its size is that of the extensions it was made
 * from (a tree doubles with every certificate, CVE-2023-0464).
 *
 * Policies are object identifiers' contents in hexadecimal.
 */
export class PolicyGraph {
  #levels: Level[] = [
    new Map([[ANY_POLICY, { policy: ANY_POLICY, expected: new Set([ANY_POLICY]), parents: [] }]]),
  ];

  /** Whether no policy is left; it stays so. */
  get isEmpty(): boolean {
    return this.#levels.length === 0;
  }

  /** A certificate without policies ends all of them (section 5.4, step e). */
  clear(): void {
    this.#levels = [];
  }

  /** Adds the policies of the next certificate (section 5.4, step d). */
  extend(policies: ReadonlySet<string>, isAnyPolicyAllowed: boolean): void {
    const above = this.#levels.at(-1);
    if (above === undefined) return;
    const expecting = parentsByExpectedPolicy(above);
    const anyParent = above.get(ANY_POLICY);
    const level: Level = new Map();
    for (const policy of policies) {
      const parents = expecting.get(policy) ?? (anyParent === undefined ? [] : [anyParent]);
      if (policy !== ANY_POLICY && parents.length > 0) level.set(policy, nodeOf(policy, parents));
    }
    if (policies.has(ANY_POLICY) && isAnyPolicyAllowed) {
      for (const [policy, parents] of expecting) {
        if (!level.has(policy)) level.set(policy, nodeOf(policy, parents));
      }
    }
    this.#levels.push(level);
    this.#prune();
  }

  /** Applies the mappings of the certificate added last (section 5.5, step b). */
  map(mappings: readonly PolicyMapping[], isMappingAllowed: boolean): void {
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    const anyParent = this.#levels.at(-2)?.get(ANY_POLICY);
    for (const [policy, subjects] of groupBySource(mappings)) {
      const node = level.get(policy);
      if (!isMappingAllowed) level.delete(policy);
      else if (node !== undefined) node.expected = subjects;
      else if (level.has(ANY_POLICY) && anyParent !== undefined) {
        level.set(policy, { policy, expected: subjects, parents: [anyParent] });
      }
    }
    this.#prune();
  }

  /**
   * The user-constrained-policy-set (section 5.6, step g), anyPolicy standing for whatever the
   * issuers did not restrict.
   */
  constrainedBy(userPolicies: ReadonlySet<string>): ReadonlySet<string> {
    const authority = this.#authorityPolicies();
    if (userPolicies.has(ANY_POLICY) || this.isEmpty) return authority;
    const isOpen = authority.has(ANY_POLICY);
    return new Set([...userPolicies].filter((policy) => isOpen || authority.has(policy)));
  }

  /** The policies that issuers vouch for, in the terms of the anchor's domain. */
  #authorityPolicies(): ReadonlySet<string> {
    const policies = new Set<string>();
    for (const level of this.#levels) {
      for (const { policy, parents } of level.values()) {
        const isRooted = parents.some((parent) => parent.policy === ANY_POLICY);
        if (policy !== ANY_POLICY && isRooted) policies.add(policy);
      }
    }
    if (this.#levels.at(-1)?.has(ANY_POLICY) === true) policies.add(ANY_POLICY);
    return policies;
  }

  /** Removes nodes that lead nowhere, from the second-last level up. */
  #prune(): void {
    for (let depth = this.#levels.length - 2; depth >= 0; depth--) {
      const level = this.#levels[depth];
      const below = this.#levels[depth + 1];
      if (level === undefined || below === undefined) return;
      const used = new Set([...below.values()].flatMap(({ parents }) => parents));
      for (const [policy, node] of level) if (!used.has(node)) level.delete(policy);
    }
    if (this.#levels[0]?.size === 0 || this.#levels.at(-1)?.size === 0) this.clear();
  }
}

function nodeOf(policy: string, parents: readonly PolicyNode[]): PolicyNode {
  return { policy, expected: new Set([policy]), parents };
}

function parentsByExpectedPolicy(level: Level): Map<string, PolicyNode[]> {
  const parents = new Map<string, PolicyNode[]>();
  for (const node of level.values()) {
    for (const policy of node.expected) {
      const others = parents.get(policy);
      if (others === undefined) parents.set(policy, [node]);
      else others.push(node);
    }
  }
  return parents;
}

function groupBySource(mappings: readonly PolicyMapping[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { issuerPolicy, subjectPolicy } of mappings) {
    const group = groups.get(issuerPolicy) ?? new Set();
    groups.set(issuerPolicy, group.add(subjectPolicy));
  }
  return groups;
}
