import type { Header, HeaderRecipient } from '../envelope/header.js';
import type { OutgoingDelivery } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import type { ResolvedRecipient } from './recipients.js';

/** A message names at most so many before it to one recipient: each takes 39 bytes of its header. */
const MOST_NAMED = 8;

/** So many it names to all of its recipients together: the header must not become too long by that. */
const MOST_NAMED_IN_ALL = 300;

/**
 * The recipients as the header of a message names them that is sealed now, each with the messages before
 * it (docs/wire-format.md).
 */
export async function addressed(
  recipients: readonly ResolvedRecipient[],
  { ledger }: { readonly ledger: Pick<MessagingDeps['ledger'], 'streams'> },
): Promise<readonly HeaderRecipient[]> {
  const most = mostNamed(recipients.length);
  const heads =
    most === 0
      ? undefined
      : await ledger.streams.heads(
          recipients.map(({ peer }) => peer),
          most,
        );
  return recipients.map(({ peer, certificate }) => {
    const after = heads?.get(peer) ?? [];
    const recipient = { peer, cert: certificate.fingerprint };
    return after.length === 0 ? recipient : { ...recipient, after };
  });
}

/**
 * Where a message is to go that has such a header. One to more recipients than can be told what came
 * before is not told of either: nobody will miss it.
 */
export function deliveriesOf(
  header: Header,
  recipients: readonly ResolvedRecipient[],
): readonly OutgoingDelivery[] {
  const isNamed = mostNamed(recipients.length) > 0;
  const named = new Map(header.to.map(({ peer, after = [] }) => [peer, after]));
  return recipients.map(({ peer, topic }) => ({
    ...{ recipient: peer, topic },
    ...(isNamed ? { after: named.get(peer) ?? [] } : {}),
  }));
}

function mostNamed(recipients: number): number {
  return Math.min(MOST_NAMED, Math.floor(MOST_NAMED_IN_ALL / recipients));
}
