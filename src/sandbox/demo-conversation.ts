import { MsgError } from '../errors.js';
import { isGone } from '../session/process-name.js';
import { listen } from '../messaging/listen.js';
import { keptWith, verifyKept, type KeptStep } from '../messaging/receipts/verify-kept.js';
import { send, type SendResult } from '../messaging/send.js';
import type { IncomingDelivery } from '../messaging/sink.js';
import { failureOf, waitForReceipts } from '../messaging/waiting/receipts-awaited.js';
import { request } from '../messaging/waiting/request.js';
import type { Session } from '../session/session.js';
import { trustRulesOf } from '../session/trust-rules.js';

/** How long a step waits, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Waits for the receipt of what was sent, and verifies it from what was kept with it.
 *
 * @throws MsgError when it does not come, or does not hold.
 */
export async function receiptFor(
  { id, deliveries }: SendResult,
  session: Session,
): Promise<readonly KeptStep[]> {
  const deps = session.messaging();
  const awaited = { id, peers: deliveries.map(({ peer }) => peer), says: 'processed' } as const;
  const standings = await waitForReceipts(
    awaited,
    {
      ...{ topic: await session.ownInbox(), until: deps.clock() + PATIENCE, flush: ['answers'] },
      ...{ onFlush: () => undefined, signal: new AbortController().signal },
    },
    deps,
  );
  const failure = failureOf(awaited, standings);
  if (failure !== undefined) throw failure;
  const [row] = await deps.ledger.receipts.list({ id, says: 'processed' });
  if (row === undefined) throw new MsgError('bug', 'the receipt was not kept');
  const { anchors } = trustRulesOf(session.settings).ruleFor(row.peer);
  const known = new Set(anchors.map(({ fingerprint }) => fingerprint));
  return verifyKept(await keptWith(row, deps), {
    isAnchorNow: ({ fingerprint }) => known.has(fingerprint),
  });
}

/** One peer asks, the other one answers: the one who asks gets the reply, and nobody else. */
export async function askAndAnswer(
  asking: Session,
  answering: Session,
  question: string,
): Promise<IncomingDelivery | undefined> {
  const replies: IncomingDelivery[] = [];
  const asked = request(
    {
      ...{ peer: answering.self, payload: Buffer.from(question), contentType: 'application/json' },
      type: 'order.status',
    },
    {
      ...{ topic: await asking.ownInbox(), timeout: PATIENCE, onFlush: () => undefined },
      ...{ onSent: () => undefined, signal: new AbortController().signal },
      onReply: (reply) => Promise.resolve(void replies.push(reply)),
    },
    asking.messaging(),
  );
  await Promise.all([asked, answerOne(answering)]);
  return replies[0];
}

async function answerOne(session: Session): Promise<void> {
  const deps = session.messaging();
  await listen(deps, {
    ...{ topic: await session.ownInbox(), from: { from: 'committed' }, isGone },
    ...{ owner: session.processName, lanes: 1, count: 1, untilEmpty: false, adopt: false },
    ...{ idleTimeout: PATIENCE, giveUpAfter: PATIENCE, flush: ['answers'] },
    sink: {
      async deliver({ header: { from, id, cid = id } }) {
        const payload = Buffer.from('{"state":"shipped"}');
        const answer = { payload, contentType: 'application/json', cid, replyTo: id };
        await send({ to: [from], ...answer }, deps);
        return {};
      },
    },
    onEvent: () => undefined,
    signal: new AbortController().signal,
  });
}
