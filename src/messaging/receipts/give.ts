import { parseHeader } from '../../envelope/header-json.js';
import type { Answer, Delivery, IncomingRecord } from '../../ledger/port.js';
import type { Inspected } from '../inspect.js';
import type { Refusal } from '../kinds.js';
import { prepareAnswer, rejectionOf, type AnswerDeps } from './answer.js';

/** A record with the answer that is given when the ledger keeps it for the first time. */
export async function withAnswer(
  { record, rejected }: Inspected,
  deps: AnswerDeps,
): Promise<IncomingRecord> {
  if (record.outcome === 'refused' && rejected !== undefined) {
    return { ...record, answer: await prepareAnswer(rejected, rejectionOf(rejected), deps) };
  }
  if (record.outcome !== 'message') return record;
  const { request, ...message } = record.message;
  if (request?.wants.includes('received') !== true) return record;
  const says = 'received';
  // What comes again has its answer already, and is not signed for again.
  if (await deps.ledger.answers.isGiven({ ...message, says })) return record;
  return { ...record, answer: await prepareAnswer(message, { says, request }, deps) };
}

/** The answer to a message that was delivered; undefined where it does not ask for one. */
export async function processedAnswer(
  delivered: Delivery,
  deps: AnswerDeps,
): Promise<Answer | undefined> {
  if (parseHeader(delivered.header).receipt?.includes('processed') !== true) return undefined;
  const request = await deps.ledger.answers.request(delivered.sender, delivered.id);
  if (request === undefined) return undefined;
  return prepareAnswer(delivered, { says: 'processed', request }, deps);
}

/** The answer to a message that cannot be delivered; undefined where it does not ask for one. */
export async function rejectedAnswer(
  refused: Delivery,
  why: Refusal,
  deps: AnswerDeps,
): Promise<Answer | undefined> {
  if (parseHeader(refused.header).receipt === undefined) return undefined;
  return prepareAnswer(refused, rejectionOf(why), deps);
}
