import { expect, test } from 'vitest';
import type { Ledger, OutgoingMessage } from '../../src/ledger/port.js';
import { ledgerBench } from './bench.js';
import { ACME, GLOBEX, INITECH, newId, outgoing } from './records.js';

/** Longer than any test takes. */
const LEASE = { owner: 'me', until: 2_000_000_000_000 };

async function kept(to = [GLOBEX]): Promise<{ ledger: Ledger; message: OutgoingMessage }> {
  const ledger = ledgerBench().open();
  const message = outgoing({ to });
  await ledger.outbox.enqueue(message);
  return { ledger, message };
}

test('a message is kept with one delivery a recipient, all queued', async () => {
  const { ledger, message } = await kept([GLOBEX, INITECH]);
  const { sealed, deliveries, ...rest } = message;
  expect(await ledger.history.find(message.id)).toMatchObject([{ ...rest, direction: 'out' }]);
  expect(await ledger.history.find(message.id)).toMatchObject([
    { deliveries: deliveries.map((one) => ({ ...one, state: 'queued', mayHaveLeft: false })) },
  ]);
  const bytes = await ledger.outbox.sealed(message.id);
  expect(Buffer.from(bytes ?? []).equals(Buffer.from(sealed))).toBe(true);
});

test('the same id and digest is known, and the first bytes stay', async () => {
  const { ledger, message } = await kept();
  const again = await ledger.outbox.enqueue({ ...message, sealed: Buffer.from('sealed anew') });
  expect(again).toMatchObject({ outcome: 'known', row: { id: message.id } });
  const bytes = await ledger.outbox.sealed(message.id);
  expect(Buffer.from(bytes ?? []).toString()).toBe('sealed out');
});

test('the same id with another digest is a conflict and changes nothing', async () => {
  const { ledger, message } = await kept();
  const other = await ledger.outbox.enqueue({ ...message, digest: 'f'.repeat(64) });
  expect(other).toMatchObject({ outcome: 'conflict', row: { digest: message.digest } });
});

test('a sent delivery knows its place, and nothing makes it unsent', async () => {
  const { ledger, message } = await kept();
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.markSent([
    { id: message.id, recipient: GLOBEX, partition: 2, offset: 2n ** 60n },
  ]);
  await ledger.outbox.markQueued([
    { id: message.id, recipient: GLOBEX, error: 'late news', outcome: 'unknown', retryAt: 0 },
  ]);
  await ledger.outbox.markFailed({
    id: message.id,
    recipient: GLOBEX,
    error: 'late news',
    outcome: 'unknown',
  });
  const sent = { state: 'sent', partition: 2, offset: 2n ** 60n, attempts: 1, mayHaveLeft: false };
  expect(await ledger.history.find(message.id)).toMatchObject([{ deliveries: [sent] }]);
  expect(await ledger.history.counts()).toMatchObject({ sent: 1, queued: 0 });
});

test('a publish that certainly did not happen can be taken back', async () => {
  const { ledger, message } = await kept();
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.markQueued([
    { id: message.id, recipient: GLOBEX, error: 'no broker', outcome: 'not-sent', retryAt: 0 },
  ]);
  expect(await ledger.outbox.forget(message.id)).toBe(true);
  expect(await ledger.history.find(message.id)).toEqual([]);
  expect(await ledger.outbox.sealed(message.id)).toBeUndefined();
  expect(await ledger.outbox.enqueue(message)).toMatchObject({ outcome: 'kept' });
});

test('a publish that was begun and not ended cannot be taken back', async () => {
  const { ledger, message } = await kept();
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  expect(await ledger.outbox.forget(message.id)).toBe(false);
});

test('a publish of unknown outcome cannot be taken back, whatever comes after', async () => {
  const { ledger, message } = await kept();
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.markQueued([
    { id: message.id, recipient: GLOBEX, error: 'timed out', outcome: 'unknown', retryAt: 0 },
  ]);
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.markQueued([
    { id: message.id, recipient: GLOBEX, error: 'no broker', outcome: 'not-sent', retryAt: 0 },
  ]);
  expect(await ledger.outbox.forget(message.id)).toBe(false);
  expect(await ledger.history.find(message.id)).toMatchObject([
    { deliveries: [{ state: 'queued', attempts: 2, mayHaveLeft: true, error: 'no broker' }] },
  ]);
});

test('a publish that a crash cut short cannot be taken back after a later one did not happen', async () => {
  const { ledger, message } = await kept();
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.beginPublish({ id: message.id, recipient: GLOBEX }, LEASE);
  await ledger.outbox.markQueued([
    { id: message.id, recipient: GLOBEX, error: 'no broker', outcome: 'not-sent', retryAt: 0 },
  ]);
  expect(await ledger.outbox.forget(message.id)).toBe(false);
});

test('a message sent to one of its recipients cannot be taken back', async () => {
  const { ledger, message } = await kept([GLOBEX, INITECH]);
  await ledger.outbox.beginPublish({ id: message.id, recipient: INITECH }, LEASE);
  await ledger.outbox.markSent([
    { id: message.id, recipient: INITECH, partition: 0, offset: undefined },
  ]);
  expect(await ledger.outbox.forget(message.id)).toBe(false);
});

test('forgetting what is not there does nothing', async () => {
  expect(await ledgerBench().open().outbox.forget(newId())).toBe(false);
});

test('a publish to one who is no recipient is not-found', async () => {
  const { ledger, message } = await kept();
  await expect(
    ledger.outbox.beginPublish({ id: message.id, recipient: ACME }, LEASE),
  ).rejects.toMatchObject({
    code: 'not-found',
  });
  await expect(
    ledger.outbox.beginPublish({ id: newId(), recipient: GLOBEX }, LEASE),
  ).rejects.toMatchObject({
    code: 'not-found',
  });
});
