import { writePem } from '../../asn1/pem.js';
import { open } from '../../envelope/open.js';
import { EnvelopeRefused } from '../../envelope/refused.js';
import type { Opened } from '../../envelope/types.js';
import type { InboxRow } from '../../ledger/port.js';
import type { MessagingDeps } from '../deps.js';
import { MessageRefused } from '../message-refused.js';
import type { Payload } from '../payload.js';
import { keysToOpen } from '../prepare-delivery.js';
import { pastPayload } from './past-payload.js';

/** A part of a message that cannot be had any more, and why. */
export interface Missing {
  readonly missing: string;
}

/** A received message in parts that other programs read. */
export interface ExportedMessage {
  /** The record as it came: `openssl cms -decrypt` reads it. */
  readonly record: Uint8Array | Missing;
  /** DER of the SignedData in it: `openssl cms -verify` reads it, without any private key. */
  readonly signed: Uint8Array | Missing;
  /** The certificates that came with the signature, the signer's first, in PEM. */
  readonly certificates: string | Missing;
  /** What was delivered. */
  readonly payload: Payload | Missing;
}

type ExportDeps = Pick<MessagingDeps, 'ledger' | 'openingKeys' | 'spool'>;

/**
 * Takes a received message apart.
 *
 * @throws KeysUnusable.
 */
export async function exportMessage(row: InboxRow, deps: ExportDeps): Promise<ExportedMessage> {
  const sealed = await deps.ledger.inbox.sealed(row.number);
  if (sealed === undefined) {
    const gone = { missing: 'its bytes are no longer kept' };
    return { record: gone, signed: gone, certificates: gone, payload: gone };
  }
  const opened = await orMissing(async () =>
    open(sealed, await keysToOpen(deps), { sealed: sealed.length }),
  );
  return {
    record: sealed,
    signed: 'missing' in opened ? opened : opened.signedData,
    certificates: 'missing' in opened ? opened : certificatesOf(opened),
    payload: await orMissing(() => pastPayload(row, deps)),
  };
}

function certificatesOf({ signer, chain }: Opened): string {
  return [signer, ...chain].map(({ der }) => writePem('CERTIFICATE', der)).join('');
}

async function orMissing<T>(work: () => Promise<T>): Promise<T | Missing> {
  try {
    return await work();
  } catch (error) {
    const isKnown = error instanceof EnvelopeRefused || error instanceof MessageRefused;
    if (isKnown) return { missing: error.message };
    throw error;
  }
}
