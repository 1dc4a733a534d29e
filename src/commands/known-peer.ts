import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { findPeer } from '../messaging/recipients.js';
import { AS_IT_IS } from '../registry/port.js';
import type { Session } from '../session/session.js';

/**
 * Refuses to narrow something down to a peer that there is none of: a mistyped name would look as if
 * nothing were there. Where the ledger has something of the peer, or the directory cannot say, it may be.
 *
 * @throws MsgError `peer-unknown`
 */
export async function refuseUnknown(peer: PeerName | undefined, session: Session): Promise<void> {
  if (peer === undefined) return;
  const [first] = await session.ledger().history.list({ peer, limit: 1 });
  if (first !== undefined) return;
  try {
    await findPeer(peer, session.book(), AS_IT_IS);
  } catch (error) {
    if (!(error instanceof MsgError) || error.code === 'peer-unknown') throw error;
  }
}
