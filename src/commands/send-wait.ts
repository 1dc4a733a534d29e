import type { Attested } from '../domain/attested.js';
import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import type { SendResult } from '../messaging/send.js';
import type { Standing } from '../messaging/waiting/receipts-awaited.js';
import type { WaitOptions } from '../messaging/waiting/while-reading.js';
import type { Context } from '../runtime.js';
import { reportFlush } from './outbox.js';
import { parseReceiptWords } from './receipt-words.js';

/** How long is waited where nobody says, in milliseconds. */
const PATIENCE = 60_000;

/** What to wait for, and for how long. */
export interface Wait {
  readonly says: Attested;
  /** In milliseconds. */
  readonly timeout: number;
}

/** What `--wait` and `--timeout` ask for. @throws MsgError `usage` */
export function parseWait({
  wait,
  timeout,
}: {
  readonly wait?: string | undefined;
  readonly timeout?: string | undefined;
}): Wait | undefined {
  if (wait === undefined) {
    if (timeout === undefined) return undefined;
    throw new MsgError('usage', '--timeout says how long to wait, and nothing is waited for', {
      hint: 'add --wait, or --wait processed',
    });
  }
  const says = parseReceiptWords([wait])?.at(-1) ?? 'received';
  return { says, timeout: timeout === undefined ? PATIENCE : parseDuration(timeout) };
}

/** Looks whether what comes back could be read at all, before anything is sent. */
export async function prepareToWait(context: Context): Promise<void> {
  const session = await context.session();
  const { refuseUnreadable } = await import('../messaging/waiting/while-reading.js');
  await refuseUnreadable(await session.ownInbox(), session.messaging());
}

/** Waits for the receipts of what was sent, of every recipient. */
export async function waitAfter(
  result: SendResult,
  wait: Wait,
  context: Context,
): Promise<{ readonly standings: readonly Standing[]; readonly failure: MsgError | undefined }> {
  const { waitForReceipts, failureOf } = await import('../messaging/waiting/receipts-awaited.js');
  const session = await context.session();
  const peers = result.deliveries.map(({ peer }) => peer);
  const awaited = { id: result.id, peers, says: wait.says };
  const options = await waitOptions(wait.timeout, result.state === 'queued', context);
  const standings = await waitForReceipts(awaited, options, session.messaging());
  const failure = failureOf(awaited, standings);
  const isBrokenOff = failure?.code === 'no-receipt' && options.signal.aborted;
  return { standings, failure: isBrokenOff ? brokenOff(failure) : failure };
}

/** @param isQueued whether what is waited for has yet to leave. */
export async function waitOptions(
  timeout: number,
  isQueued: boolean,
  context: Context,
): Promise<WaitOptions> {
  const session = await context.session();
  return {
    topic: await session.ownInbox(),
    until: context.clock() + timeout,
    flush: isQueued ? ['answers', 'messages'] : ['answers'],
    onFlush: (event) => {
      reportFlush(event, context);
    },
    signal: context.drainSignal('what is being taken in'),
  };
}

/** The failure of a wait that the user ended. */
export function brokenOff({ message, hint }: MsgError): MsgError {
  return new MsgError('interrupted', message, hint === undefined ? {} : { hint });
}
