import type { Attested } from '../../domain/attested.js';
import type { MessageId } from '../../domain/message-id.js';
import { FILE_ID_LENGTH, FILE_KEY_LENGTH } from '../../envelope/chunk-key.js';
import type { Header } from '../../envelope/header.js';
import { chunkCount, MOST_CHUNKS, writeManifest, type Manifest } from '../../envelope/manifest.js';
import { MsgError } from '../../errors.js';
import type { NewOutgoingFile, OutgoingMessage, OutgoingSource } from '../../ledger/port.js';
import type { MessagingDeps, SigningKey } from '../deps.js';
import type { Encoding } from '../encoding.js';
import { deliveriesOf } from '../predecessors.js';
import type { ResolvedRecipient } from '../recipients.js';
import { sealMessage, type SealedMessage } from '../seal-message.js';
import { acceptedSigningKey } from '../self.js';
import { headerFor, requestDigest, type AnySendRequest } from '../send-request.js';
import { chunkSizeFor } from './chunk-size.js';

/** A large message for the outbox. */
export interface ComposedLarge extends OutgoingMessage {
  readonly file: NewOutgoingFile;
}

/**
 * Makes the message of a large payload: a manifest for each recipient, under keys of its own.
 *
 * @throws MsgError as `send`.
 */
export async function composeLarge(
  request: AnySendRequest & { readonly id: MessageId },
  {
    source,
    recipients,
  }: { readonly source: OutgoingSource; readonly recipients: readonly ResolvedRecipient[] },
  deps: MessagingDeps,
): Promise<ComposedLarge> {
  const key = await acceptedSigningKey(deps);
  const { encoding, id, queue } = request;
  const facts = { id, kind: 'manifest', size: source.size, encoding, recipients } as const;
  const header: Header = {
    ...(await headerFor(request, facts, deps)),
    receipt: receiptsFor(request),
  };
  const manifests: NewOutgoingFile['manifests'][number][] = [];
  for (const recipient of recipients) {
    const chunkSize = await chunkSizeFor(recipient, { size: source.size, encoding, queue }, deps);
    const manifest = newManifest(source, { chunkSize, encoding }, deps);
    const sealed = await sealManifest(manifest, { header, recipient, key }, deps);
    manifests.push({ ...sealed, recipient: recipient.peer, count: manifest.count });
  }
  const [first] = manifests;
  if (first === undefined) throw new MsgError('bug', 'a message to nobody');
  return {
    ...{ id, digest: requestDigest(request, source.sha256), kind: header.kind, type: header.type },
    ...{ correlationId: header.cid, header: JSON.stringify(header), expiresAt: header.expires },
    ...{ sealed: first.sealed, ownInfo: undefined, signer: first.signer },
    deliveries: deliveriesOf(header, recipients),
    file: { source, manifests },
  };
}

/** What comes in many parts is always asked about: until it has been confirmed it may be sent again. */
export function receiptsFor({
  receipt = [],
}: Pick<AnySendRequest, 'receipt'>): readonly Attested[] {
  return receipt.includes('processed') ? ['received', 'processed'] : ['received'];
}

/** A manifest with a file id and a file key that were never used before. */
export function newManifest(
  { size, sha256 }: Pick<OutgoingSource, 'size' | 'sha256'>,
  { chunkSize, encoding }: { readonly chunkSize: number; readonly encoding: Encoding | undefined },
  { random }: Pick<MessagingDeps, 'random'>,
): Manifest {
  const count = chunkCount(size, chunkSize);
  if (count > MOST_CHUNKS) {
    throw new MsgError(
      'too-large',
      `${size} bytes would be ${count} chunks; ${MOST_CHUNKS} may be`,
      {
        hint: 'split the file, or have max.message.bytes of the inbox topic raised',
      },
    );
  }
  return {
    ...{ fileId: random(FILE_ID_LENGTH), fileKey: random(FILE_KEY_LENGTH) },
    ...{ size, chunkSize, count, sha256 },
    ...(encoding === undefined ? {} : { encoding }),
  };
}

/** Seals a manifest to its one recipient. */
export function sealManifest(
  manifest: Manifest,
  to: { readonly header: Header; readonly recipient: ResolvedRecipient; readonly key: SigningKey },
  deps: Pick<MessagingDeps, 'random'>,
): Promise<SealedMessage> {
  const { recipient, key } = to;
  const { peer, certificate } = recipient;
  // Sealed anew it follows the same messages.
  const addressed = to.header.to.find((one) => one.peer === peer);
  const header = {
    ...to.header,
    to: [{ ...addressed, peer, cert: certificate.fingerprint }],
  };
  const payload = writeManifest(manifest, header);
  return sealMessage({ header, payload, recipients: [recipient], key }, deps);
}
