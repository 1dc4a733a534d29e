import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { planAccess, type AccessScope, type MemberPeer } from '../../src/messaging/sync-grants.js';
import type { AccessRule, AccessView } from '../../src/transport/port.js';

const names = {
  principal: (name: string) => `User:${name}`,
  topic: (name: string) => `msg.in.${name}`,
};

type Rule = Omit<AccessRule, 'group'>;

function keyOf({ principal, role, topic }: Rule): string {
  return `${principal} ${role} ${topic}`;
}

/** A log's access rules in memory. */
class Rules implements AccessView {
  readonly #rules: Map<string, Rule>;

  constructor(rules: readonly Rule[]) {
    this.#rules = new Map(rules.map((rule) => [keyOf(rule), rule]));
  }

  get rules(): readonly Rule[] {
    return [...this.#rules.values()];
  }

  has(rule: AccessRule): boolean {
    return this.#rules.has(keyOf(rule));
  }

  othersWriting(): readonly string[] {
    return [];
  }

  /** Does what a plan says, and gives the rules that are there then. */
  after(peers: readonly MemberPeer[], scope: AccessScope): Rules {
    const rules = new Map(this.#rules);
    for (const { change, rule } of planAccess(peers, names, { scope, view: this }).changes) {
      if (change === 'grant') rules.set(keyOf(rule), rule);
      else rules.delete(keyOf(rule));
    }
    return new Rules([...rules.values()]);
  }
}

const NAMES = ['acme', 'globex', 'initech', 'umbrella'];
const peers = fc
  .tuple(...NAMES.map(() => fc.constantFrom('active', 'suspended', 'removed', 'unknown')))
  .map((statuses) =>
    NAMES.flatMap((name, index): MemberPeer[] => {
      const status = statuses[index];
      if (status === undefined || status === 'unknown') return [];
      return [{ name: parsePeerName(name), status: status }];
    }),
  );
const rule = fc.record({
  principal: fc.constantFrom(...NAMES.map(names.principal), 'User:monitoring', 'Group:acme'),
  topic: fc.constantFrom(...NAMES.map(names.topic), 'other.topic'),
  role: fc.constantFrom('sender' as const, 'owner' as const),
});
const scope = fc.constantFrom<AccessScope>(
  { kind: 'all' },
  { kind: 'own', topic: names.topic('acme') },
);
const situation = fc.tuple(peers, fc.array(rule, { maxLength: 30 }), scope);

describe('access rules that follow the directory', () => {
  it('let exactly the active ones of its peers write to the inboxes looked after', () => {
    fc.assert(
      fc.property(situation, ([members, found, wanted]) => {
        const after = new Rules(found).after(members, wanted);
        const topics =
          wanted.kind === 'own'
            ? [wanted.topic]
            : members
                .filter(({ status }) => status !== 'removed')
                .map((one) => names.topic(one.name));
        for (const topic of topics) {
          for (const { name, status } of members) {
            const principal = names.principal(name);
            expect(after.has({ principal, topic, role: 'sender' })).toBe(status === 'active');
          }
        }
      }),
    );
  });

  it('need no change any more once they were changed', () => {
    fc.assert(
      fc.property(situation, ([members, found, wanted]) => {
        const view = new Rules(found).after(members, wanted);
        expect(planAccess(members, names, { scope: wanted, view }).changes).toEqual([]);
      }),
    );
  });

  it('stay as they are for users that are no peers, and for topics that are no inboxes', () => {
    fc.assert(
      fc.property(situation, ([members, found, wanted]) => {
        const known = new Set(members.map(({ name }) => names.principal(name)));
        const others = (rules: readonly Rule[]): string[] =>
          rules
            .filter(({ principal, topic }) => !known.has(principal) || topic === 'other.topic')
            .map(keyOf)
            .sort();
        const before = new Rules(found);
        expect(others(before.after(members, wanted).rules)).toEqual(others(before.rules));
      }),
    );
  });

  it('let nobody read who was not let read before, but owners with all inboxes in scope', () => {
    fc.assert(
      fc.property(situation, ([members, found, wanted]) => {
        const before = new Rules(found);
        const news = before
          .after(members, wanted)
          .rules.filter((one) => one.role === 'owner' && !before.has(one));
        for (const { principal, topic } of news) {
          expect(wanted.kind).toBe('all');
          expect(topic).toBe(principal.replace('User:', 'msg.in.'));
        }
      }),
    );
  });
});
