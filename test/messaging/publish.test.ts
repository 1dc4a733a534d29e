import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import { newMessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import type { Ledger, OutboxRow } from '../../src/ledger/port.js';
import { publishBegun } from '../../src/messaging/publish.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import { PublishOutcomeUnknown, type Transport } from '../../src/transport/port.js';
import { instead } from '../support/instead.js';
import { temporaryLedger } from '../support/messaging.js';
import { MOMENT } from '../support/sealed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(parsePeerName) as [
  ReturnType<typeof parsePeerName>,
  ReturnType<typeof parsePeerName>,
  ReturnType<typeof parsePeerName>,
];

let ledger: Ledger;
let log: Transport;
let warnings: string[];

beforeEach(async () => {
  ledger = temporaryLedger();
  warnings = [];
  const path = join(temporaryDirectory(), 'log.db');
  log = openEmbeddedLog({ path, clock: () => MOMENT, random: randomBytes });
  onTestFinished(() => log.close());
  await log.ensureTopic({ topic: 'msg.in.bob', partitions: 1, retention: 86_400_000 });
});

const SEALED = Buffer.from('sealed');

async function keep(...recipients: (typeof bob)[]): Promise<OutboxRow> {
  const message = {
    ...{ id: newMessageId(() => MOMENT, randomBytes), digest: 'ab'.repeat(32), kind: 'message' },
    ...{ type: undefined, correlationId: undefined, header: '{}', sealed: SEALED },
    signer: fingerprintOf(SEALED),
    deliveries: recipients.map((recipient) => ({ recipient, topic: `msg.in.${recipient}` })),
  };
  const begin = { owner: 'this', until: MOMENT + 60_000 };
  const kept = await ledger.outbox.enqueue(message, { begin });
  return kept.row;
}

function publish(row: OutboxRow, changes: { transport?: Transport; ledger?: Ledger } = {}) {
  const warn = (sentence: string): void => void warnings.push(sentence);
  const clock = (): number => MOMENT;
  const self = { self: alice, owner: 'this', clock, random: randomBytes };
  return publishBegun(row, SEALED, { ...self, ledger, transport: log, warn, ...changes });
}

describe('publishing', () => {
  it('serves every recipient on its own: one that fails does not keep the others back', async () => {
    const [served, failed] = await publish(await keep(carol, bob));
    expect(failed).toMatchObject({
      ...{ peer: 'carol', state: 'queued' },
      failure: { outcome: 'not-sent', error: { code: 'not-found' } },
    });
    expect(served).toMatchObject({ peer: 'bob', state: 'sent', offset: 0n });
  });

  it('takes a publish with an unknown outcome for possibly done', async () => {
    const row = await keep(bob);
    const transport = instead(log, {
      publish: () => Promise.reject(new PublishOutcomeUnknown('the connection broke')),
    });
    const [result] = await publish(row, { transport });
    expect(result).toMatchObject({ state: 'queued', failure: { outcome: 'unknown' } });
    expect(await ledger.outbox.forget(row.id)).toBe(false);
  });

  it('stands when the ledger cannot note it: a warning, and the same bytes again at the next flush', async () => {
    const row = await keep(bob);
    const full = new MsgError('disk-full', 'no room');
    const notNow = instead(ledger, {
      outbox: instead(ledger.outbox, { markSent: () => Promise.reject(full) }),
    });
    expect(await publish(row, { ledger: notNow })).toMatchObject([{ state: 'sent', offset: 0n }]);
    expect(warnings).toEqual([
      `${row.id} was sent to bob, but the ledger could not note it: no room`,
    ]);
    const [kept] = await ledger.history.find(row.id);
    if (kept?.direction !== 'out') throw new Error('it is not in the outbox');
    expect(kept.deliveries).toMatchObject([{ state: 'publishing', mayHaveLeft: true }]);
    expect(await publish(kept)).toMatchObject([{ state: 'sent', offset: 1n }]);
  });
});
