import { parseHeader } from '../envelope/header-json.js';
import type { OutboxState } from '../domain/message-states.js';
import type { AnswerRow, HistoryRow, Ledger, ReceiptRow } from '../ledger/port.js';
import { describeSource, iso } from './message-json.js';

/** A receipt that came, or was given, in the order of time. */
export type AnyReceipt =
  | { readonly direction: 'in'; readonly at: number; readonly row: ReceiptRow }
  | {
      readonly direction: 'out';
      readonly at: number;
      readonly row: AnswerRow;
      /** Where its bytes are; `owed` while it has not been signed. */
      readonly state: OutboxState | 'owed';
    };

/** A receipt that came. */
export function cameIn(row: ReceiptRow): AnyReceipt {
  return { direction: 'in', at: row.receivedAt, row };
}

/** A receipt that was given, with how far it has come. */
export async function wentOut(row: AnswerRow, ledger: Ledger): Promise<AnyReceipt> {
  return { direction: 'out', at: row.madeAt, row, state: await stateOf(row, ledger) };
}

async function stateOf({ answer }: AnswerRow, ledger: Ledger): Promise<OutboxState | 'owed'> {
  if (answer === undefined) return 'owed';
  const sent = (await ledger.history.find(answer)).find(({ direction }) => direction === 'out');
  return (sent?.direction === 'out' ? sent.deliveries[0]?.state : undefined) ?? 'sent';
}

/** A receipt as the `--json` contract shows it. */
export function describeReceipt(receipt: AnyReceipt): object {
  return receipt.direction === 'in' ? describeIncoming(receipt.row) : describeOutgoing(receipt);
}

function describeIncoming(row: ReceiptRow): object {
  const { number, id, peer, says, reason, detail, signer, repeats } = row;
  return {
    ...{ direction: 'in', id, batch: row.batch, peer, says, reason, detail },
    ...{ except: row.except, received: iso(row.receivedAt) },
    ...{ number, signer, repeats, source: describeSource(row.source) },
    judgement: JSON.parse(row.judgement) as unknown,
  };
}

function describeOutgoing(receipt: Extract<AnyReceipt, { direction: 'out' }>): object {
  const { id, sender: peer, says, reason, detail, answer, repeats, madeAt } = receipt.row;
  return {
    ...{ direction: 'out', id, peer, says, reason, detail, made: iso(madeAt) },
    ...{ receiptId: answer, state: receipt.state, repeats },
  };
}

/** The receipts that a message got, or was given, as JSON shows them beside it. */
export async function receiptsOf(row: HistoryRow, ledger: Ledger): Promise<readonly object[]> {
  if (row.direction === 'out') {
    if (!asksForReceipts(row)) return [];
    const came = await ledger.receipts.list({ id: row.id });
    return came.map(({ peer, says, reason, detail, receivedAt }) => ({
      ...{ peer, says, reason, detail, received: iso(receivedAt) },
    }));
  }
  // What came in a batch is answered with it.
  if (row.item === undefined && !asksForReceipts(row)) return [];
  const given: object[] = [];
  const id = row.item?.batch ?? row.id;
  for (const one of await ledger.answers.list({ id, peer: row.sender })) {
    const { says, reason, detail, madeAt } = one;
    given.push({ says, reason, detail, made: iso(madeAt), state: await stateOf(one, ledger) });
  }
  return given;
}

/**
 * How far the receipts of a message have come, in a word or two: what the slowest of its recipients
 * has said, and how many of them have said it; a dash where a receipt was asked for and none has come.
 */
export async function receiptWord(row: HistoryRow, ledger: Ledger): Promise<string> {
  if (!asksForReceipts(row)) return '';
  const said =
    row.direction === 'out'
      ? (await ledger.receipts.list({ id: row.id })).map(({ peer, says }) => ({ peer, says }))
      : (await ledger.answers.list({ id: row.id, peer: row.sender })).map(({ sender, says }) => ({
          peer: sender,
          says,
        }));
  const word = (['rejected', 'processed', 'received'] as const).find((one) =>
    said.some(({ says }) => says === one),
  );
  if (word === undefined) return '-';
  const count = new Set(said.filter(({ says }) => says === word).map(({ peer }) => peer)).size;
  const all = row.direction === 'out' ? row.deliveries.length : 1;
  return all === 1 ? word : `${word} ${count}/${all}`;
}

function asksForReceipts({ header }: HistoryRow): boolean {
  return header.includes('"receipt":') && parseHeader(header).receipt !== undefined;
}
