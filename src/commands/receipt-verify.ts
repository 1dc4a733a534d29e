import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { ReceiptRow } from '../ledger/port.js';
import { keptWith, verifyKept, type KeptStep } from '../messaging/receipts/verify-kept.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { trustRulesOf } from '../session/trust-rules.js';
import { renderTable } from '../terminal/table.js';
import { noReceipt } from './receipt-list.js';

/** Which receipts `msg receipt verify` and `msg receipt export` are about. */
export interface KeptReceiptOptions {
  readonly id: string;
  /** Of this recipient only. */
  readonly with?: string | undefined;
}

/**
 * Verifies again the receipts that came for a message, from nothing but what was kept.
 *
 * @throws MsgError `not-found`, `message-refused` where one does not hold.
 */
export async function run(options: KeptReceiptOptions, context: Context): Promise<void> {
  const session = await context.session();
  const ledger = session.ledger();
  const verified: { row: ReceiptRow; steps: readonly KeptStep[] }[] = [];
  for (const row of await receiptsThatCame(options, session)) {
    const deps = { ledger, isAnchorNow: anchorsOf(row, session) };
    verified.push({ row, steps: verifyKept(await keptWith(row, deps), deps) });
  }
  await context.io.stdout.write(
    context.json ? verified.map(jsonLine).join('') : table(verified, context),
  );
  const failed = verified.find(({ steps }) => steps.some(({ passed }) => !passed));
  if (failed !== undefined) throw doesNotHold(failed);
}

/** The receipts that came for a message. @throws MsgError `not-found` */
export async function receiptsThatCame(
  { id: text, with: name }: KeptReceiptOptions,
  session: Session,
): Promise<readonly ReceiptRow[]> {
  const id = parseMessageId(text);
  const peer = name === undefined ? {} : { peer: parsePeerName(name) };
  const rows = await session.ledger().receipts.list({ id, ...peer });
  if (rows.length === 0) throw noReceipt(id);
  return rows;
}

function anchorsOf({ peer }: ReceiptRow, { settings }: Session) {
  const { anchors } = trustRulesOf(settings).ruleFor(peer);
  const known = new Set(anchors.map(({ fingerprint }) => fingerprint));
  return ({ fingerprint }: (typeof anchors)[number]): boolean => known.has(fingerprint);
}

interface Verified {
  readonly row: ReceiptRow;
  readonly steps: readonly KeptStep[];
}

const COLUMNS = [
  { title: 'peer' },
  { title: 'says' },
  { title: 'check' },
  { title: 'result' },
  { title: 'reason' },
];

function table(verified: readonly Verified[], { io }: Context): string {
  const rows = verified.flatMap(({ row, steps }) =>
    steps.map(({ check, passed, detail }) => [
      ...[row.peer, row.says, check],
      ...[passed ? 'pass' : 'fail', detail],
    ]),
  );
  return renderTable({ columns: COLUMNS, rows }, io.stdout);
}

/** Part of the `--json` contract. */
function jsonLine({ row: { id, peer, says, receivedAt }, steps }: Verified): string {
  const received = new Date(receivedAt).toISOString();
  const holds = steps.every(({ passed }) => passed);
  return `${JSON.stringify({ id, peer, says, received, holds, steps })}\n`;
}

function doesNotHold({ row, steps }: Verified): MsgError {
  const failed = steps.find(({ passed }) => !passed);
  return new MsgError(
    'message-refused',
    `what ${row.peer} said of ${row.id} does not hold: ${failed?.detail ?? ''}`,
    {
      hint: 'the ledger has been changed, or is damaged: compare it with a backup',
    },
  );
}
