import { MsgError } from '../errors.js';
import type { Position } from '../transport/port.js';
import { inboxGroup, type MessagingDeps } from './deps.js';
import type { ListenFrom } from './listen-options.js';

/** What is to be read, and whether another ledger may have read it. */
export interface InboxToRead {
  readonly topic: string;
  readonly from: ListenFrom;
  readonly adopt: boolean;
}

/**
 * Says what would keep one from reading an inbox.
 *
 * @throws MsgError `config`, and what the log has against it.
 */
export async function refuseUnfitInbox(
  { topic, from, adopt }: InboxToRead,
  deps: Pick<MessagingDeps, 'self' | 'transport' | 'ledger'>,
): Promise<void> {
  if (from.from === 'committed' && !adopt) await refuseSecondLedger(topic, deps);
  await refuseProducerClock(topic, deps);
}

/**
 * A sender who writes the time of its own records could have signed them with a replaced key.
 *
 * @throws MsgError `config`
 */
async function refuseProducerClock(
  topic: string,
  { transport }: Pick<MessagingDeps, 'transport'>,
): Promise<void> {
  const { clock } = await transport.limits(topic);
  if (clock !== 'producer') return;
  throw new MsgError('config', `the times in ${topic} are the senders' own`, {
    hint: `have the brokers' administrator set message.timestamp.type=LogAppendTime for ${topic}`,
  });
}

/**
 * Two ledgers of one inbox deliver twice: each commit of a position says which ledger made it.
 *
 * @throws MsgError `config`
 */
async function refuseSecondLedger(
  topic: string,
  { self, transport, ledger }: Pick<MessagingDeps, 'self' | 'transport' | 'ledger'>,
): Promise<void> {
  refuseForeign(topic, await transport.positions(topic, inboxGroup(self)), {
    ledger: ledger.id,
    hint: 'two ledgers deliver twice: use the state directory that reads this inbox, or take it over with --adopt when that one is gone for good',
  });
}

/**
 * Looks whether another ledger has committed one of these positions.
 *
 * @throws MsgError `config`
 */
export function refuseForeign(
  topic: string,
  positions: readonly Position[],
  { ledger, hint }: { readonly ledger: string; readonly hint: string },
): void {
  const other = positions.find((position) => isForeign(position, ledger));
  if (other === undefined) return;
  const message = `the inbox ${topic} was read with another ledger (${String(other.metadata)})`;
  throw new MsgError('config', message, { hint });
}

function isForeign({ committed, metadata }: Position, ledger: string): boolean {
  return committed !== undefined && (metadata ?? '') !== '' && metadata !== ledger;
}
