import type { AclEntry } from 'kafkajs';
import type { AccessRule } from '../port.js';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from './kafkajs.js';

/**
 * The separator between a group's name and that of a reader which only looks back: such a reader
 * must not take part in the group, and a `#` is in no peer's name.
 */
export const LOOK_BACK_SEPARATOR = '#';

/** The operation that makes the difference between a sender and an owner. */
export function distinguishing({ role }: Pick<AccessRule, 'role'>): AclOperationTypes {
  return role === 'owner' ? AclOperationTypes.READ : AclOperationTypes.WRITE;
}

/** The ACLs behind a rule; DESCRIBE_CONFIGS is for the limits on a record's size. */
export function entriesOf(rule: AccessRule): AclEntry[] {
  const { DESCRIBE, DESCRIBE_CONFIGS } = AclOperationTypes;
  const operations = [distinguishing(rule), DESCRIBE, DESCRIBE_CONFIGS];
  const topic = operations.map((operation) => onTopic(rule, operation));
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
    principal: fullPrincipal(principal),
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

/** A principal with its type, which may be left out where it is a user. */
export function fullPrincipal(principal: string): string {
  return principal.includes(':') ? principal : `User:${principal}`;
}
