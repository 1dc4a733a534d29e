import { newMessageId } from '../../domain/message-id.js';
import { CHUNK_OVERHEAD } from '../../envelope/chunk.js';
import type { MessagingDeps } from '../deps.js';
import type { ResolvedRecipient } from '../recipients.js';
import { acceptedSigningKey } from '../self.js';
import { headerFor, type AnySendRequest } from '../send-request.js';
import type { SendPlan } from '../send.js';
import { CHUNK_SIZE } from './chunk-size.js';
import { newManifest, sealManifest } from './compose-large.js';
import { lookThrough } from './payload-source.js';

/** What sending a large payload would do, where the inbox takes records of the usual size. */
export async function planLarge(
  request: AnySendRequest,
  recipients: readonly ResolvedRecipient[],
  deps: Omit<MessagingDeps, 'transport'>,
): Promise<Omit<SendPlan, 'topics'>> {
  const key = await acceptedSigningKey(deps);
  const source = await lookThrough(request);
  const { encoding } = request;
  const id = request.id ?? newMessageId(deps.clock, deps.random);
  const facts = { id, kind: 'manifest', size: source.size, encoding, recipients } as const;
  const header = await headerFor(request, facts, deps);
  const manifest = newManifest(source, { chunkSize: CHUNK_SIZE, encoding }, deps);
  const [recipient] = recipients;
  const announced = recipient && (await sealManifest(manifest, { header, recipient, key }, deps));
  // Of what is packed nobody knows the length before it is.
  const sealedSize =
    source.size + manifest.count * CHUNK_OVERHEAD + (announced?.sealed.length ?? 0);
  return { header, sealedSize, chunks: manifest.count };
}
