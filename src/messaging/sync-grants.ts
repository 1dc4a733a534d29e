import type { PeerName } from '../domain/peer-name.js';
import type { PeerStatus } from '../registry/port.js';
import type { AccessRule, AccessView } from '../transport/port.js';
import { inboxGroup } from './deps.js';

/** What decides about access: a peer's name, and whether it may take part. */
export interface MemberPeer {
  readonly name: PeerName;
  readonly status: PeerStatus;
}

/** How topics and the brokers' users are called, as whoever runs the brokers has decided. */
export interface AccessNames {
  readonly principal: (name: PeerName) => string;
  readonly topic: (name: PeerName) => string;
}

/** Which inboxes are looked after: one's own, or everybody's. */
export type AccessScope =
  { readonly kind: 'own'; readonly topic: string } | { readonly kind: 'all' };

/** One difference between what the directory says and what the brokers let happen. */
export interface AccessChange {
  readonly change: 'grant' | 'revoke';
  readonly rule: AccessRule;
  readonly peer: PeerName;
  readonly status: PeerStatus;
}

/** Everything that has to change, and what stays although it should not. */
export interface AccessPlan {
  readonly changes: readonly AccessChange[];
  /** Peers that are not active and may still write, by a rule that is not msg's to take back. */
  readonly loopholes: readonly { readonly topic: string; readonly principal: string }[];
}

/**
 * Compares the access rules with the directory. Active peers may write to the inboxes in scope; with
 * all inboxes in scope their owners read them, as long as they are not removed for good. Rules of
 * principals that are no peer's, and of a shape that `grant` does not make, are left alone.
 */
export function planAccess(
  peers: readonly MemberPeer[],
  names: AccessNames,
  { scope, view }: { readonly scope: AccessScope; readonly view: AccessView },
): AccessPlan {
  const wanted = wantedRules(peers, names, scope);
  const missing = wanted.filter(({ rule }) => !view.has(rule));
  const managed = new Map(peers.map((peer) => [names.principal(peer.name), peer]));
  const topics = new Set(
    scope.kind === 'own' ? [scope.topic] : peers.map(({ name }) => names.topic(name)),
  );
  const surplus = view.rules.flatMap((rule): AccessChange[] => {
    const peer = managed.get(rule.principal);
    if (peer === undefined || !topics.has(rule.topic)) return [];
    if (!isOurs(rule, peer, names, scope) || wanted.some((one) => isSame(one.rule, rule)))
      return [];
    return [
      { change: 'revoke', rule: withGroup(rule, peer), peer: peer.name, status: peer.status },
    ];
  });
  return {
    changes: [...surplus, ...missing.map((one) => ({ change: 'grant' as const, ...one }))],
    loopholes: loopholes(peers, names, { topics, view }),
  };
}

type Wanted = Omit<AccessChange, 'change'>;

function wantedRules(
  peers: readonly MemberPeer[],
  names: AccessNames,
  scope: AccessScope,
): readonly Wanted[] {
  const writers = peers.filter(({ status }) => status === 'active');
  const toWrite = (topic: string): Wanted[] =>
    writers.map(({ name, status }) => ({
      ...{ peer: name, status },
      rule: { topic, principal: names.principal(name), role: 'sender' },
    }));
  if (scope.kind === 'own') return toWrite(scope.topic);
  return peers
    .filter(({ status }) => status !== 'removed')
    .flatMap((owner) => [ownRule(owner, names), ...toWrite(names.topic(owner.name))]);
}

function ownRule({ name, status }: MemberPeer, names: AccessNames): Wanted {
  const [topic, principal] = [names.topic(name), names.principal(name)];
  return {
    ...{ peer: name, status },
    rule: { topic, principal, group: inboxGroup(name), role: 'owner' },
  };
}

/** A reader of somebody else's inbox was not let in here, and is not turned out here. */
function isOurs(
  rule: Omit<AccessRule, 'group'>,
  { name }: MemberPeer,
  names: AccessNames,
  scope: AccessScope,
): boolean {
  return rule.role === 'sender' || (scope.kind === 'all' && rule.topic === names.topic(name));
}

function withGroup(rule: Omit<AccessRule, 'group'>, { name }: MemberPeer): AccessRule {
  return rule.role === 'owner' ? { ...rule, group: inboxGroup(name) } : rule;
}

function isSame(one: Omit<AccessRule, 'group'>, other: Omit<AccessRule, 'group'>): boolean {
  return one.topic === other.topic && one.principal === other.principal && one.role === other.role;
}

function loopholes(
  peers: readonly MemberPeer[],
  names: AccessNames,
  { topics, view }: { readonly topics: ReadonlySet<string>; readonly view: AccessView },
): AccessPlan['loopholes'] {
  const inactive = new Set(
    peers.filter(({ status }) => status !== 'active').map(({ name }) => names.principal(name)),
  );
  return [...topics].flatMap((topic) =>
    view
      .othersWriting(topic)
      .filter((principal) => inactive.has(principal) || principal === 'User:*')
      .map((principal) => ({ topic, principal })),
  );
}
