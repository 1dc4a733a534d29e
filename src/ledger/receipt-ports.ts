import type { Connection } from '../sqlite/connection.js';
import type { Answers } from './answers.js';
import type { InboxItems } from './inbox-items.js';
import type { AnswerLedger, ReceiptLedger } from './port.js';
import type { Receipts } from './receipts.js';
import { settle } from './settle.js';

/** Receipts of what was sent. */
export function receiptPort(receipts: Receipts): ReceiptLedger {
  return {
    originals: (id) => settle(() => receipts.originals(id)),
    originalOf: (signature) => settle(() => receipts.originalOf(signature)),
    list: (filter) => settle(() => receipts.list(filter)),
    proof: (number) => settle(() => receipts.proof(number)),
  };
}

/** Receipts of what was received. */
export function answerPort(
  { answers, items }: { readonly answers: Answers; readonly items: InboxItems },
  connection: Connection,
): AnswerLedger {
  return {
    exceptions: (batch, says) => settle(() => items.exceptions(batch, says)),
    request: (sender, id) => settle(() => answers.request(sender, id)),
    isGiven: (message) => settle(() => answers.isGiven(message)),
    owed: (limit) => settle(() => answers.owed(limit)),
    pay: (number, outgoing) =>
      settle(() => connection.transaction(() => answers.pay(number, outgoing))),
    postpone: (number, retryAt) =>
      settle(() => {
        answers.postpone(number, retryAt);
      }),
    forgive: (number) =>
      settle(() => {
        answers.forgive(number);
      }),
    list: (filter) => settle(() => answers.list(filter)),
  };
}
