import type { AclEntry } from 'kafkajs';
import type { AccessRule } from '../port.js';
import { distinguishing, entriesOf, fullPrincipal } from './access-entries.js';
import { readAccess } from './access-view.js';
import type { Administration, Subject } from './administration.js';

/** The most entries that one request changes. */
const AT_ONCE = 300;

/** Lets principals do their part: an owner reads topic and group, a sender appends. */
export async function grant(
  administration: Administration,
  rules: readonly AccessRule[],
): Promise<void> {
  for (const acl of portions(rules.flatMap(entriesOf))) {
    await administration.ask(subjectOf(rules), (admin) => admin.createAcls({ acl }));
  }
}

/**
 * Takes back what `grant` gave. What an owner and a sender both need stays with a principal that is
 * the other one still.
 */
export async function revoke(
  administration: Administration,
  rules: readonly AccessRule[],
): Promise<void> {
  if (rules.length === 0) return;
  const view = await readAccess(administration, [...new Set(rules.map(({ topic }) => topic))]);
  const isTakenBack = (rule: Omit<AccessRule, 'group'>): boolean =>
    rules.some((one) => isSame(one, rule));
  const entries = rules.flatMap((rule) => {
    const kept = view.rules.some(
      (one) =>
        one.role !== rule.role && isSame({ ...one, role: rule.role }, rule) && !isTakenBack(one),
    );
    const own = distinguishing(rule);
    return entriesOf(rule).filter(({ operation }) => !kept || operation === own);
  });
  for (const filters of portions(entries)) {
    await administration.ask(subjectOf(rules), (admin) => admin.deleteAcls({ filters }));
  }
}

function isSame(one: Omit<AccessRule, 'group'>, other: Omit<AccessRule, 'group'>): boolean {
  return (
    one.topic === other.topic &&
    one.role === other.role &&
    fullPrincipal(one.principal) === fullPrincipal(other.principal)
  );
}

function portions(entries: readonly AclEntry[]): AclEntry[][] {
  const count = Math.ceil(entries.length / AT_ONCE);
  return Array.from({ length: count }, (_, at) => entries.slice(at * AT_ONCE, (at + 1) * AT_ONCE));
}

function subjectOf(rules: readonly AccessRule[]): Subject {
  const topics = [...new Set(rules.map(({ topic }) => topic))];
  const [first = 'none'] = topics;
  const topic = topics.length > 1 ? `${first} and ${topics.length - 1} more` : first;
  return { topic, deed: 'change the access rules of' };
}
