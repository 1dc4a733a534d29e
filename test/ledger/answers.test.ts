import { expect, test } from 'vitest';
import type { Answer, IncomingMessage, Ledger } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { ACME, answerTo, GLOBEX, message, refused, REQUEST, source } from './records.js';

const MINUTE = 60_000;
let offset = 0;

/** The ledger takes a message in, at another place of the log each time. */
function receive(ledger: Ledger, one: IncomingMessage, answer?: Answer) {
  const at = source(++offset);
  const record = { outcome: 'message', message: { ...one, source: at }, answer } as const;
  return ledger.inbox.receive([record], undefined);
}

/** How many publishes the outbox has still to make. */
async function waitingIn(ledger: Ledger): Promise<number> {
  const rows = await ledger.outbox.pending();
  return rows.flatMap(({ deliveries }) => deliveries).filter(({ state }) => state === 'queued')
    .length;
}

/** Everything in the outbox is sent. */
async function send(ledger: Ledger): Promise<void> {
  for (const { id, deliveries } of await ledger.outbox.pending()) {
    await ledger.outbox.markSent(
      deliveries.map(({ recipient }) => ({ id, recipient, partition: 0, offset: 0n })),
    );
  }
}

test('a message, what it asks for and its receipt are kept together, across a restart', async () => {
  const bench = ledgerBench();
  const one = message({ request: REQUEST });
  const answer = answerTo(one);
  expect(await receive(bench.open(), one, answer)).toEqual(['new']);
  const ledger = bench.open();
  expect(await ledger.answers.request(one.sender, one.id)).toEqual(REQUEST);
  expect(await ledger.answers.list({})).toMatchObject([
    { id: one.id, sender: ACME, says: 'received', answer: answer.outgoing?.id },
  ]);
  const sealed = await ledger.outbox.sealed(answer.outgoing?.id ?? one.id);
  expect(sealed && Buffer.from(sealed)).toEqual(answer.outgoing?.sealed);
});

test('a message that comes again gets the same receipt again, after a minute and no more often', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const one = message({ request: REQUEST });
  await receive(ledger, one, answerTo(one));
  await send(ledger);
  for (const [pause, expected] of [
    [0, 0],
    [MINUTE - 1, 0],
    [1, 1],
    [0, 0],
    [MINUTE, 1],
  ] as const) {
    bench.clock.now += pause;
    expect(await receive(ledger, one)).toEqual(['duplicate']);
    expect(await waitingIn(ledger)).toBe(expected);
    await send(ledger);
  }
  expect(await ledger.answers.list({})).toMatchObject([{ repeats: 2 }]);
});

test('reading the same record twice is no reason to answer twice', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const one = message({ request: REQUEST });
  const record = { outcome: 'message', message: one, answer: answerTo(one) } as const;
  await ledger.inbox.receive([record], undefined);
  await send(ledger);
  bench.clock.now += MINUTE;
  expect(await ledger.inbox.receive([record], undefined)).toEqual(['duplicate']);
  expect(await waitingIn(ledger)).toBe(0);
});

test('however many messages come again, one peer gets at most 60 receipts a minute', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const flood = Array.from({ length: 70 }, () => message({ request: REQUEST }));
  const other = message({ request: REQUEST, sender: GLOBEX });
  for (const one of [...flood, other]) await receive(ledger, one, answerTo(one));
  await send(ledger);
  bench.clock.now += MINUTE;
  for (const one of flood) await receive(ledger, one);
  expect(await waitingIn(ledger)).toBe(60);
  await receive(ledger, other);
  expect(await waitingIn(ledger)).toBe(61);
});

test('other content under a known id owes its sender a rejection', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const one = message({ request: REQUEST });
  await receive(ledger, one, answerTo(one));
  const other = message({ id: one.id, content: 'other', request: REQUEST });
  expect(await receive(ledger, other, answerTo(other))).toEqual(['conflict']);
  expect(await ledger.answers.owed(10)).toMatchObject([
    { id: one.id, digest: other.digest, says: 'rejected', reason: 'id-conflict' },
  ]);
});

test('other content that asks for nothing is refused in silence', async () => {
  const ledger = ledgerBench().open();
  const one = message();
  await receive(ledger, one);
  expect(await receive(ledger, message({ id: one.id, content: 'other' }))).toEqual(['conflict']);
  expect(await ledger.answers.list({})).toEqual([]);
});

test('a refused record may have a rejection that is kept with it', async () => {
  const ledger = ledgerBench().open();
  const answer = answerTo(message(), { says: 'rejected', reason: 'encoding' });
  const record = { ...refused(1), answer };
  expect(await ledger.inbox.receive([record], undefined)).toEqual(['refused']);
  expect(await ledger.answers.list({})).toMatchObject([{ says: 'rejected', reason: 'encoding' }]);
  expect(await waitingIn(ledger)).toBe(1);
});

test('what could not be sealed is owed until it is paid, once', async () => {
  const bench = ledgerBench();
  const ledger = bench.open();
  const one = message({ request: REQUEST });
  await receive(ledger, one, answerTo(one, { outgoing: undefined }));
  const [owed] = await ledger.answers.owed(10);
  expect(owed).toMatchObject({ id: one.id, says: 'received', answer: undefined, tries: 0 });
  await ledger.answers.postpone(owed?.number ?? 0, bench.clock.now + 5);
  expect(await ledger.answers.owed(10)).toEqual([]);
  bench.clock.now += 5;
  expect(await ledger.answers.owed(10)).toMatchObject([{ tries: 1 }]);
  const { outgoing } = answerTo(one);
  if (outgoing === undefined) expect.fail();
  expect(await ledger.answers.pay(owed?.number ?? 0, outgoing)).toBe(true);
  expect(await ledger.answers.pay(owed?.number ?? 0, outgoing)).toBe(false);
  expect(await ledger.answers.owed(10)).toEqual([]);
  expect(await waitingIn(ledger)).toBe(1);
});

test('an answer is given once, whatever comes after it', async () => {
  const ledger = ledgerBench().open();
  const one = message({ request: REQUEST });
  await receive(ledger, one, answerTo(one));
  expect(await ledger.answers.isGiven({ ...one, says: 'received' })).toBe(true);
  expect(await ledger.answers.isGiven({ ...one, says: 'processed' })).toBe(false);
  await receive(ledger, one, answerTo(one));
  expect(await waitingIn(ledger)).toBe(1);
});
