import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type AclEntry,
  type AclFilter,
} from 'kafkajs';
import type { AccessRule } from '../port.js';
import type { Administration, Subject } from './administration.js';

/**
 * The separator between a group's name and that of a reader which only looks back: such a reader
 * must not take part in the group, and a `#` is in no peer's name.
 */
export const LOOK_BACK_SEPARATOR = '#';

/** Lets the principal do its part: the owner reads topic and group, a sender appends. */
export async function grant(administration: Administration, rule: AccessRule): Promise<void> {
  await administration.ask(subjectOf(rule), (admin) => admin.createAcls({ acl: entriesOf(rule) }));
}

/** Takes back what `grant` gave. */
export async function revoke(administration: Administration, rule: AccessRule): Promise<void> {
  const filters: AclFilter[] = entriesOf(rule);
  await administration.ask(subjectOf(rule), (admin) => admin.deleteAcls({ filters }));
}

function subjectOf({ topic }: AccessRule): Subject {
  return { topic, deed: 'change the access rules of' };
}

/** The ACLs behind a rule; DESCRIBE_CONFIGS is for the limits on a record's size. */
export function entriesOf(rule: AccessRule): AclEntry[] {
  const { READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS } = AclOperationTypes;
  const use = rule.role === 'owner' ? READ : WRITE;
  const topic = [use, DESCRIBE, DESCRIBE_CONFIGS].map((operation) => onTopic(rule, operation));
  return rule.role === 'owner' && rule.group !== undefined
    ? [...topic, ...onGroup(rule.principal, rule.group)]
    : topic;
}

function onTopic({ topic, principal }: AccessRule, operation: AclOperationTypes): AclEntry {
  return {
    ...allowing(principal, operation),
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
}

function onGroup(principal: string, group: string): AclEntry[] {
  const entry = {
    ...allowing(principal, AclOperationTypes.READ),
    resourceType: AclResourceTypes.GROUP,
  };
  return [
    { ...entry, resourceName: group, resourcePatternType: ResourcePatternTypes.LITERAL },
    {
      ...entry,
      resourceName: `${group}${LOOK_BACK_SEPARATOR}`,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
    },
  ];
}

function allowing(principal: string, operation: AclOperationTypes) {
  return {
    principal: principal.includes(':') ? principal : `User:${principal}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}
