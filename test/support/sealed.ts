import { randomBytes } from 'node:crypto';
import { newMessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { seal } from '../../src/envelope/seal.js';
import type { SealInput } from '../../src/envelope/types.js';
import type { TestPeer } from './pki.js';

/** Large enough for every message of a test. */
export const LIMITS = { sealed: 4 * 1024 * 1024 };

/** A fixed moment, in Unix milliseconds: 2026-02-03 04:05:06 UTC. */
export const MOMENT = Date.UTC(2026, 1, 3, 4, 5, 6);

/** The header of a message from one peer to others that says what is true of the payload. */
export function headerFor(
  from: TestPeer,
  to: readonly TestPeer[],
  payload: Uint8Array,
  fields: Partial<Header> = {},
): Header {
  return {
    v: 1,
    id: newMessageId(() => MOMENT, randomBytes),
    kind: 'message',
    from: parsePeerName(from.name),
    to: to.map(({ name, certificate }) => ({
      peer: parsePeerName(name),
      cert: certificate.fingerprint,
    })),
    sent: MOMENT,
    contentType: 'application/octet-stream',
    size: payload.length,
    ...fields,
  };
}

/** A sealed message with a truthful header, and with whatever else a test decides. */
export async function sealFor(
  from: TestPeer,
  to: readonly TestPeer[],
  payload: Uint8Array,
  changes: Partial<SealInput> & { readonly fields?: Partial<Header> } = {},
): Promise<Uint8Array> {
  const { fields, ...input } = changes;
  return seal(
    {
      header: headerFor(from, to, payload, fields),
      payload,
      signer: from,
      chain: from.chain,
      recipients: to,
      signingTime: MOMENT,
      ...input,
    },
    randomBytes,
  );
}
