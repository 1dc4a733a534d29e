import { expect, test } from 'vitest';
import type { Ledger, OutgoingMessage } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { ACME, GLOBEX, INITECH, newId, outgoing } from './records.js';

/** Longer than any test takes. */
const LEASE = { owner: 'me', until: 2_000_000_000_000 };

/** A message to two, sent to the first. */
async function sentToOne(): Promise<{ ledger: Ledger; message: OutgoingMessage }> {
  const ledger = ledgerBench().open();
  const message = outgoing({ to: [GLOBEX, INITECH] });
  await ledger.outbox.enqueue(message);
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.markSent([{ id: message.id, recipient: GLOBEX, partition: 0, offset: 7n }]);
  return { ledger, message };
}

test('what was sent goes back to the queue, and nobody else is touched', async () => {
  const { ledger, message } = await sentToOne();
  expect(await ledger.outbox.resend(message.id, [GLOBEX, INITECH, ACME])).toEqual([GLOBEX]);
  expect(await ledger.history.find(message.id)).toMatchObject([
    {
      deliveries: [
        { recipient: GLOBEX, state: 'queued', attempts: 1, mayHaveLeft: true, nextAttemptAt: 0 },
        { recipient: INITECH, state: 'queued', attempts: 0, mayHaveLeft: false },
      ],
    },
  ]);
  expect(await ledger.outbox.resend(message.id, [GLOBEX])).toEqual([]);
});

test('what waits to be sent again is neither cancelled nor forgotten: it may have arrived', async () => {
  const { ledger, message } = await sentToOne();
  await ledger.outbox.resend(message.id, [GLOBEX]);
  expect(await ledger.outbox.cancel(message.id, [GLOBEX])).toMatchObject({
    cancelled: [],
    refused: [{ recipient: GLOBEX }],
  });
  expect(await ledger.outbox.forget(message.id)).toBe(false);
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  const back = { id: message.id, recipient: GLOBEX, error: 'no broker', retryAt: 0 };
  await ledger.outbox.markQueued([{ ...back, outcome: 'not-sent' }]);
  expect(await ledger.outbox.cancel(message.id, [GLOBEX])).toMatchObject({ cancelled: [] });
});

test('a lane publishes it again, also when the process that had begun is gone', async () => {
  const { ledger, message } = await sentToOne();
  await ledger.outbox.resend(message.id, [GLOBEX]);
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  expect(await ledger.outbox.releaseAbandoned(() => true)).toBe(1);
  const claimed = await ledger.outbox.claim({
    ...{ lease: LEASE, kinds: ['messages'], eager: false, most: { count: 1, bytes: 1_000 } },
    except: [{ kind: 'messages', recipient: INITECH }],
  });
  expect(claimed).toMatchObject({ recipient: GLOBEX, deliveries: [{ row: { id: message.id } }] });
});

test('nothing is queued whose bytes were pruned, nor what was never kept', async () => {
  const { ledger, message } = await sentToOne();
  await ledger.outbox.cancel(message.id, [INITECH]);
  await ledger.pruning.step({ before: Number.MAX_SAFE_INTEGER, ids: undefined }, 100);
  expect(await ledger.outbox.sealed(message.id)).toBeUndefined();
  expect(await ledger.outbox.resend(message.id, [GLOBEX])).toEqual([]);
  expect(await ledger.history.find(message.id)).toMatchObject([
    { deliveries: [{ state: 'sent' }, {}] },
  ]);
  expect(await ledger.outbox.resend(newId(), [GLOBEX])).toEqual([]);
});
