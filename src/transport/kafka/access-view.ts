import type { AclEntry } from 'kafkajs';
import type { AccessRule, AccessView } from '../port.js';
import { distinguishing, entriesOf } from './access-entries.js';
import type { Administration } from './administration.js';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from './kafkajs.js';

/** Reads the access rules for these topics, or for all. */
export async function readAccess(
  administration: Administration,
  topics?: readonly string[],
): Promise<AccessView> {
  const subject = { topic: topics?.join(', ') ?? '*', deed: 'see the access rules of' } as const;
  return administration.ask(subject, async (admin) => {
    const found: AclEntry[] = [];
    for (const { type, name } of questions(topics)) {
      const { resources } = await admin.describeAcls({
        resourceType: type,
        ...(name === undefined ? {} : { resourceName: name }),
        // MATCH finds the rules of a prefix and of `*` too.
        resourcePatternType:
          name === undefined ? ResourcePatternTypes.ANY : ResourcePatternTypes.MATCH,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ANY,
      });
      found.push(
        ...resources.flatMap(({ acls, ...resource }) =>
          acls.map((acl) => ({ ...resource, ...acl })),
        ),
      );
    }
    return new FoundAccess(found);
  });
}

/** All rules of a type are one question; a single topic is asked about by name. */
function questions(topics: readonly string[] | undefined) {
  const groups = { type: AclResourceTypes.GROUP, name: undefined };
  const only = topics?.length === 1 ? topics[0] : undefined;
  return [{ type: AclResourceTypes.TOPIC, name: only }, groups];
}

class FoundAccess implements AccessView {
  readonly #entries: readonly AclEntry[];
  readonly #keys: ReadonlySet<string>;

  constructor(entries: readonly AclEntry[]) {
    this.#entries = entries;
    this.#keys = new Set(entries.map(keyOf));
  }

  has(rule: AccessRule): boolean {
    return entriesOf(rule).every((entry) => this.#keys.has(keyOf(entry)));
  }

  get rules(): readonly Omit<AccessRule, 'group'>[] {
    return this.#entries.flatMap((entry) => ruleOf(entry) ?? []);
  }

  othersWriting(topic: string): readonly string[] {
    const entries = this.#entries.filter(
      (entry) => letsWrite(entry) && covers(entry, topic) && ruleOf(entry) === undefined,
    );
    return [...new Set(entries.map(({ principal }) => principal))];
  }
}

function keyOf({ resourceType, resourceName, resourcePatternType, ...acl }: AclEntry): string {
  const { principal, host, operation, permissionType } = acl;
  return JSON.stringify([
    ...[resourceType, resourcePatternType, resourceName],
    ...[principal, host, operation, permissionType],
  ]);
}

/** The rule that an entry stands for, if `grant` could have made it. */
function ruleOf(entry: AclEntry): Omit<AccessRule, 'group'> | undefined {
  const { resourceType, resourceName: topic, principal } = entry;
  if (resourceType !== AclResourceTypes.TOPIC) return undefined;
  for (const role of ['sender', 'owner'] as const) {
    const rule = { topic, principal, role };
    const own = entriesOf(rule).find(({ operation }) => operation === distinguishing(rule));
    if (own !== undefined && keyOf(own) === keyOf(entry)) return rule;
  }
  return undefined;
}

function letsWrite({ resourceType, operation, permissionType }: AclEntry): boolean {
  return (
    resourceType === AclResourceTypes.TOPIC &&
    permissionType === AclPermissionTypes.ALLOW &&
    (operation === AclOperationTypes.WRITE || operation === AclOperationTypes.ALL)
  );
}

function covers({ resourceName, resourcePatternType }: AclEntry, topic: string): boolean {
  if (resourcePatternType === ResourcePatternTypes.PREFIXED) return topic.startsWith(resourceName);
  return resourceName === '*' || resourceName === topic;
}
