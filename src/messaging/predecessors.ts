import type { Header, HeaderRecipient } from '../envelope/header.js';
import type { MessageId } from '../domain/message-id.js';
import type { PeerName } from '../domain/peer-name.js';
import type { OutgoingDelivery } from '../ledger/port.js';
import type { MessagingDeps } from './deps.js';
import type { ResolvedRecipient } from './recipients.js';

/** A message names at most so many before it to one recipient: each takes 39 bytes of its header. */
const MOST_NAMED = 8;

/** So many it names to all of its recipients together: the header must not become too long by that. */
const MOST_NAMED_IN_ALL = 300;

type Named = ReadonlyMap<PeerName, readonly MessageId[]>;

const NOTHING: Named = new Map();

/**
 * The recipients as the header of the message `id` names them that is sealed now, each with the messages
 * before it and those that are void (docs/wire-format.md).
 */
export async function addressed(
  recipients: readonly ResolvedRecipient[],
  id: MessageId,
  { ledger: { streams } }: { readonly ledger: Pick<MessagingDeps['ledger'], 'streams'> },
): Promise<readonly HeaderRecipient[]> {
  const peers = recipients.map(({ peer }) => peer);
  const most = mostNamed(peers.length);
  const heads = most === 0 ? NOTHING : await streams.heads(peers, most);
  // What is void can wait for a message to fewer: both together must not make the header too long.
  const voids = most < MOST_NAMED ? NOTHING : await streams.voids(peers, most);
  return recipients.map(({ peer, certificate }) => {
    const [after = [], all = []] = [heads.get(peer), voids.get(peer)];
    // It failed before under the same id.
    const others = all.filter((one) => one !== id);
    return {
      ...{ peer, cert: certificate.fingerprint },
      ...(after.length === 0 ? {} : { after }),
      ...(others.length === 0 ? {} : { void: others }),
    };
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
  const entries = new Map(header.to.map((entry) => [entry.peer, entry]));
  return recipients.map(({ peer, topic }) => {
    const { after = [], void: voids = [] } = entries.get(peer) ?? {};
    return { recipient: peer, topic, ...(isNamed ? { after, voids } : {}) };
  });
}

function mostNamed(recipients: number): number {
  return Math.min(MOST_NAMED, Math.floor(MOST_NAMED_IN_ALL / recipients));
}
