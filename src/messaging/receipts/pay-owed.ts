import { MsgError } from '../../errors.js';
import type { AnswerRow } from '../../ledger/port.js';
import { backoffAfter } from '../backoff.js';
import { sealAnswer, type AnswerDeps, type Unsealed } from './answer.js';

/** How many answers are looked at in one go. */
const AT_ONCE = 100;
/** How long an answer that could not be sealed waits, in milliseconds. */
const BACKOFF = { first: 5_000, longest: 3_600_000 };
/** After so long nobody waits for it any more, in milliseconds: as long as inboxes keep records. */
const OVERDUE = 14 * 86_400_000;

/**
 * Seals the answers that could not be sealed when they were due, and puts them into the outbox.
 *
 * @returns how many are in the outbox now.
 */
export async function payOwed(deps: AnswerDeps): Promise<number> {
  let paid = 0;
  const failures = new Map<string, number>();
  for (const row of await deps.ledger.answers.owed(AT_ONCE)) {
    const failure = await pay(row, deps);
    if (failure === undefined) paid++;
    else failures.set(failure.message, (failures.get(failure.message) ?? 0) + 1);
  }
  for (const [reason, count] of failures) {
    const what = count === 1 ? 'a receipt' : `${count} receipts`;
    deps.warn(`${what} cannot be given yet: ${reason}`);
  }
  return paid;
}

/** Says why it could not be paid. */
async function pay(row: AnswerRow, deps: AnswerDeps): Promise<MsgError | undefined> {
  const { answers } = deps.ledger;
  try {
    await answers.pay(row.number, await sealAnswer(row, await unsealedOf(row, deps), deps));
    return undefined;
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    const now = deps.clock();
    if (row.madeAt + OVERDUE < now) await answers.forgive(row.number);
    else {
      await answers.postpone(row.number, now + backoffAfter(row.tries + 1, BACKOFF, deps.random));
    }
    return error;
  }
}

async function unsealedOf(row: AnswerRow, { ledger }: AnswerDeps): Promise<Unsealed> {
  const { says, reason = 'refused', detail } = row;
  if (says === 'rejected') return { says, reason, detail };
  const request = await ledger.answers.request(row.sender, row.id);
  if (request === undefined) throw new MsgError('bug', `${row.id} asks for no receipt`);
  return { says, request, except: await ledger.answers.exceptions(row, says) };
}
