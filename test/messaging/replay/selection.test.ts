import { expect, it } from 'vitest';
import { selected } from '../../../src/messaging/replay/selection.js';
import { message, verified } from '../../ledger/records.js';
import { temporaryLedger } from '../../support/messaging.js';

it('finds its way through more messages than are read at a time, each once and in order', async () => {
  const ledger = temporaryLedger();
  const came = Array.from({ length: 401 }, (_, offset) => verified(message({ offset })));
  await ledger.inbox.receive(came, undefined);
  const numbers: number[] = [];
  for await (const { number } of selected({}, { ledger })) numbers.push(number);
  expect(numbers).toEqual(Array.from({ length: 401 }, (_, index) => index + 1));
});
