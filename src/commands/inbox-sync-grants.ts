import { inboxGroup } from '../messaging/deps.js';
import { planAccess, type AccessChange, type AccessScope } from '../messaging/sync-grants.js';
import { inboxOf } from '../messaging/recipients.js';
import { LOOK_NOW, type PeerRecord } from '../registry/port.js';
import type { Context } from '../runtime.js';
import { accessNamesOf } from '../session/access-names.js';
import type { Session } from '../session/session.js';
import { isConfirmed } from './directory-change.js';

/** What `msg inbox sync-grants` was asked for. */
export interface SyncGrantsOptions {
  /** Every peer's inbox, for whoever runs the brokers, instead of one's own. */
  readonly all?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Makes the brokers' access rules follow the directory; shows first what would change. */
export async function run(options: SyncGrantsOptions, context: Context): Promise<void> {
  const session = await context.session();
  const peers = await session.book().list(LOOK_NOW);
  const names = accessNamesOf(session.settings);
  const scope = scopeOf(options, session);
  const transport = session.transport();
  const view = await transport.access(scope.kind === 'own' ? [scope.topic] : undefined);
  const { changes, loopholes } = planAccess(peers, names, { scope, view });
  for (const { topic, principal } of loopholes) {
    context.report.warn(
      `${principal} may write to ${topic} by a rule that is not msg's`,
      'look at the rules of a prefix, of everybody and of single hosts: kafka-acls.sh --list',
    );
  }
  if (scope.kind === 'all') warnOfOtherInboxes(peers, names.topic, context);
  if (changes.length === 0) {
    context.report.note('the access rules follow the directory already');
    return;
  }
  const { dryRun, yes } = options;
  if (!context.json) await context.io.stdout.write(changes.map(lineOf).join(''));
  if (!(await isConfirmed(questionOf(changes), { yes, dryRun }, context))) return;
  if (dryRun !== true) await apply(changes, session);
  if (context.json) {
    const state = dryRun === true ? 'dry-run' : 'done';
    await context.io.stdout.write(changes.map((one) => jsonOf(one, state)).join(''));
  }
  context.report.note(dryRun === true ? 'dry run: nothing was changed' : summaryOf(changes));
}

/** One's own inbox is what the profile says, or what follows from the template; not the directory. */
function scopeOf({ all }: SyncGrantsOptions, session: Session): AccessScope {
  if (all === true) return { kind: 'all' };
  const topic = session.settings.inbox.value ?? accessNamesOf(session.settings).topic(session.self);
  return { kind: 'own', topic };
}

/** Takes rights away first: should it fail in between, nobody has more than the directory says. */
async function apply(changes: readonly AccessChange[], session: Session): Promise<void> {
  const rulesOf = (change: AccessChange['change']) =>
    changes.filter((one) => one.change === change).map(({ rule }) => rule);
  await session.transport().revoke(rulesOf('revoke'));
  await session.transport().grant(rulesOf('grant'));
}

/** Senders go by the directory: what a peer says there would lead them past the template's topic. */
function warnOfOtherInboxes(
  peers: readonly PeerRecord[],
  topicOf: (name: PeerRecord['name']) => string,
  { report }: Context,
): void {
  for (const record of peers.filter(({ status }) => status !== 'removed')) {
    const [published, own] = [inboxOf(record), topicOf(record.name)];
    if (published === own) continue;
    report.warn(
      `${record.name} publishes the inbox ${published} in the directory, but its topic here is ${own}`,
      'senders will write where nobody was granted anything: have it corrected, or change transport.topic',
    );
  }
}

const VERBS = { sender: 'write', owner: 'read' } as const;

function lineOf({ change, rule, peer, status }: AccessChange): string {
  const sign = change === 'grant' ? '+' : '-';
  return `${[sign, rule.principal, VERBS[rule.role], rule.topic, `${peer} is ${status}`].join('\t')}\n`;
}

function jsonOf({ change, rule, peer, status }: AccessChange, state: string): string {
  const { topic, principal, role, group } = rule;
  const owned = role === 'owner' ? { group: group ?? inboxGroup(peer) } : {};
  return `${JSON.stringify({ state, change, principal, role, topic, ...owned, peer, status })}\n`;
}

function questionOf(changes: readonly AccessChange[]): string {
  return `Change the access rules so (${countsOf(changes)})?`;
}

function summaryOf(changes: readonly AccessChange[]): string {
  return `changed the access rules: ${countsOf(changes)}`;
}

function countsOf(changes: readonly AccessChange[]): string {
  const grants = changes.filter(({ change }) => change === 'grant').length;
  return `${grants} granted, ${changes.length - grants} taken back`;
}
