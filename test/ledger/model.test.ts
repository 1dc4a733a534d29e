import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/open.js';
import type { IncomingMessage, Ledger } from '../../src/ledger/port.js';
import { LedgerModel } from './model.js';
import { ACME, GLOBEX, INITECH, message, newId, outgoing, source, verified } from './records.js';

const IDS = [newId(), newId(), newId(), newId()] as const;
const SENDERS = [ACME, GLOBEX] as const;
const LEASE = 3;

const id = fc.constantFrom(...IDS);
const owner = fc.constantFrom('one', 'two');
const number = fc.integer({ min: 1, max: 8 });
const incoming = fc
  .record({
    id,
    sender: fc.constantFrom(...SENDERS),
    content: fc.constantFrom('same', 'same', 'other'),
    offset: fc.integer({ min: 0, max: 20 }),
  })
  .map((fields) => message(fields));

/** One step: what it does to the model and to the ledger, and that both answer alike. */
type Step = (model: LedgerModel, ledger: Ledger) => Promise<void>;

const steps: fc.Arbitrary<{ readonly name: string; readonly step: Step | 'crash' }>[] = [
  fc.constant({ name: 'crash', step: 'crash' }),
  fc.integer({ min: 1, max: 4 }).map((by) => ({
    name: `${by} ms pass`,
    step: (model) => Promise.resolve(void (model.now += by)),
  })),
  fc.array(incoming, { maxLength: 4 }).map((batch) => ({
    name: `receive ${batch.map(nameOf).join(', ')}`,
    step: async (model, ledger) => {
      const next =
        batch.reduce((max, { source: { offset } }) => (offset > max ? offset : max), -1n) + 1n;
      const outcomes = await ledger.inbox.receive(batch.map(verified), source(next));
      expect(outcomes).toEqual(model.receive(batch, next));
    },
  })),
  owner.map((who) => ({
    name: `${who} claims`,
    step: async (model, ledger) => {
      const leaseUntil = model.now + LEASE;
      const claimed = await ledger.lanes.claim({ owner: who, leaseUntil, except: [] });
      const expected = model.claim(who, leaseUntil);
      expect(claimed?.number).toBe(expected?.number);
      expect(claimed?.attempts).toBe(expected?.attempts);
    },
  })),
  fc.tuple(owner, fc.constantFrom(...SENDERS)).map(([who, sender]) => ({
    name: `${who} renews ${sender}`,
    step: async (model, ledger) => {
      const until = model.now + LEASE;
      expect(await ledger.lanes.renew(who, sender, until)).toBe(model.renew(who, sender, until));
    },
  })),
  fc.tuple(owner, number).map(([who, which]) => ({
    name: `${who} completes ${which}`,
    step: async (model, ledger) => {
      await ledger.lanes.complete(who, which);
      model.complete(who, which);
    },
  })),
  fc.tuple(owner, number).map(([who, which]) => ({
    name: `${who} releases ${which}`,
    step: async (model, ledger) => {
      await ledger.lanes.release(who, which);
      model.release(who, which);
    },
  })),
  fc.tuple(owner, number).map(([who, which]) => ({
    name: `${who} quarantines ${which}`,
    step: async (model, ledger) => {
      const why = { reason: 'handler', detail: 'no' };
      expect(await ledger.lanes.quarantine(who, which, why)).toBe(model.refuse(who, which));
    },
  })),
  fc.tuple(id, fc.constantFrom('a'.repeat(64), 'b'.repeat(64))).map(([out, digest]) => ({
    name: `enqueue ${nameOfId(out)}`,
    step: async (model, ledger) => {
      const kept = await ledger.outbox.enqueue(outgoing({ id: out, digest, to: [INITECH] }));
      expect(kept.outcome).toBe(model.enqueue(out, digest));
    },
  })),
  fc.tuple(id, fc.constantFrom('begin', 'sent', 'not-sent', 'unknown')).map(([out, event]) => ({
    name: `${event} ${nameOfId(out)}`,
    step: async (model, ledger) => {
      const changed = publish(ledger, out, event).then(
        () => true,
        () => false,
      );
      expect(await changed).toBe(model.publish(out, event));
    },
  })),
  id.map((out) => ({
    name: `forget ${nameOfId(out)}`,
    step: async (model, ledger) => {
      expect(await ledger.outbox.forget(out)).toBe(model.forget(out));
    },
  })),
];

function publish(
  ledger: Ledger,
  out: (typeof IDS)[number],
  event: 'begin' | 'sent' | 'not-sent' | 'unknown',
): Promise<unknown> {
  const key = { id: out, recipient: INITECH };
  const lease = { owner: 'me', until: Number.MAX_SAFE_INTEGER };
  if (event === 'begin') return ledger.outbox.beginPublish(key, lease);
  if (event === 'sent') return ledger.outbox.markSent([{ ...key, partition: 0, offset: 1n }]);
  return ledger.outbox.markQueued([{ ...key, error: 'an error', outcome: event, retryAt: 0 }]);
}

function nameOf({ sender, id: one, digest, source: at }: IncomingMessage): string {
  return `${sender}/${nameOfId(one)}/${digest.slice(0, 2)}@${at.offset}`;
}

function nameOfId(one: (typeof IDS)[number]): string {
  return `id ${IDS.indexOf(one)}`;
}

async function expectAlike(model: LedgerModel, ledger: Ledger): Promise<void> {
  const rows = await ledger.history.list({ direction: 'in' });
  const seen = rows.flatMap((row) => (row.direction === 'in' ? [row] : []));
  expect(
    seen.map(({ sender, digest, state, attempts, duplicates, ...row }) => ({
      ...{ sender, digest, state, attempts, duplicates, id: row.id },
      ...{ number: row.number, offset: row.source.offset },
    })),
  ).toEqual(model.inbox);
  const sent = [...model.outbox.values()].filter(({ delivery }) => delivery.state === 'sent');
  expect(await ledger.history.counts()).toEqual({
    received: model.inbox.length,
    done: model.inbox.filter(({ state }) => state === 'done').length,
    duplicates: model.inbox.reduce((sum, one) => sum + one.duplicates, 0),
    quarantined: model.quarantine.size,
    queued: model.outbox.size - sent.length,
    sent: sent.length,
  });
  expect(await ledger.inbox.position(source(0))).toBe(model.position);
}

test('any sequence of operations, with crashes in between, does what the model does', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'msg-ledger-model-'));
  let run = 0;
  const story = fc.array(fc.oneof(...steps), { minLength: 5, maxLength: 60 });
  const property = fc.asyncProperty(story, async (moves) => {
    const model = new LedgerModel();
    const path = join(directory, `${run++}.db`);
    const open = (): Ledger => openLedger({ path, clock: () => model.now, random: randomBytes });
    const opened = [open()];
    for (const { step } of moves) {
      // A killed process closes nothing: the old connection is left as it is.
      if (step === 'crash') opened.push(open());
      else await step(model, opened.at(-1) ?? open());
    }
    await expectAlike(model, opened.at(-1) ?? open());
    for (const ledger of opened) await ledger.close();
  });
  try {
    await fc.assert(property, { numRuns: 100 });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);
