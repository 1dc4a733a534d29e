import { inboxGroup } from '../messaging/deps.js';
import type { Context } from '../runtime.js';
import type { AccessRule } from '../transport/port.js';

/** Whom `msg inbox grant` or `revoke` is about. */
export interface InboxAccessOptions {
  /** As the brokers know it, such as `User:acme`. */
  readonly principal: string;
  /** The right to read the inbox, instead of the right to write to it. */
  readonly owner?: boolean | undefined;
}

/** Lets a principal write to one's own inbox, or read it. */
export async function grant(options: InboxAccessOptions, context: Context): Promise<void> {
  const session = await context.session();
  const rule = ruleFor(options, await session.ownInbox(), inboxGroup(session.self));
  await session.transport().grant([rule]);
  context.report.note(`${rule.principal} may ${verbOf(rule)} ${rule.topic}`);
}

/** Takes that right back. */
export async function revoke(options: InboxAccessOptions, context: Context): Promise<void> {
  const session = await context.session();
  const rule = ruleFor(options, await session.ownInbox(), inboxGroup(session.self));
  await session.transport().revoke([rule]);
  context.report.note(`${rule.principal} may no longer ${verbOf(rule)} ${rule.topic}`);
}

function ruleFor(
  { principal, owner }: InboxAccessOptions,
  topic: string,
  group: string,
): AccessRule {
  const full = principal.includes(':') ? principal : `User:${principal}`;
  return owner === true
    ? { topic, group, principal: full, role: 'owner' }
    : { topic, principal: full, role: 'sender' };
}

function verbOf({ role }: AccessRule): string {
  return role === 'owner' ? 'read' : 'write to';
}
