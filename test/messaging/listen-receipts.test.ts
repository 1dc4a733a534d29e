import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MsgError } from '../../src/errors.js';
import { listen, type ListenOptions, type ListenSummary } from '../../src/messaging/listen.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import {
  PublishOutcomeUnknown,
  type StoredRecord,
  type Transport,
} from '../../src/transport/port.js';
import { instead } from '../support/instead.js';
import { recordOf } from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT } from '../support/sealed.js';
import { sideOf, type Side } from '../support/side.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

let alice: TestPeer;
let bob: TestPeer;
let log: Transport;
let sender: Side;
let recipient: Side;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});
beforeEach(async () => {
  const path = join(temporaryDirectory(), 'log.db');
  log = openEmbeddedLog({ path, clock: () => MOMENT, random: randomBytes });
  onTestFinished(() => log.close());
  for (const topic of ['msg.in.alice', 'msg.in.bob']) {
    await log.ensureTopic({ topic, partitions: 1, retention: 86_400_000 });
  }
  const records = [recordOf(alice), recordOf(bob)];
  [sender, recipient] = [sideOf(alice, records), sideOf(bob, records)];
  const { header } = await sender.send([bob], 'hello');
  const value = (await sender.ledger.outbox.sealed(header.id)) ?? Buffer.of();
  await log.publish('msg.in.bob', 0, [{ key: 'alice', value, headers: {} }]);
});

/** A peer listens until its inbox is empty. */
function listenAs({ peer, deps }: Side, transport = log): Promise<ListenSummary> {
  const options: ListenOptions = {
    ...{ topic: `msg.in.${peer.name}`, from: { from: 'committed' }, lanes: 1 },
    ...{ count: undefined, untilEmpty: true, idleTimeout: undefined, giveUpAfter: 60_000 },
    ...{ adopt: false, flush: ['answers'], onEvent: () => undefined },
    sink: { deliver: () => Promise.resolve({}) },
    signal: new AbortController().signal,
  };
  return listen({ ...deps, transport }, options);
}

/** What lies in alice's inbox. */
async function inAlicesInbox(): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  let onCaughtUp = (): void => undefined;
  const caughtUp = new Promise<void>((resolve) => (onCaughtUp = resolve));
  const subscription = await log.subscribe({
    ...{ topic: 'msg.in.alice', group: 'spy', start: { from: 'earliest' }, commitMetadata: '' },
    ...{ onNotice: () => undefined, onCaughtUp, giveUpAfter: 60_000 },
    onRecords: (records) => Promise.resolve(void found.push(...records)),
  });
  await caughtUp;
  await subscription.stop();
  return found;
}

/** The log, but what bob publishes fails in this way. */
function failing(publish: Transport['publish']): Transport {
  return instead(log, { publish });
}

/** The bytes of every answer that bob's ledger knows. */
async function bytesOfAnswers(): Promise<readonly Buffer[]> {
  const bytes: Buffer[] = [];
  for (const { answer } of await recipient.ledger.answers.list({})) {
    if (answer === undefined) expect.fail('an answer is owed');
    bytes.push(Buffer.from((await recipient.ledger.outbox.sealed(answer)) ?? ''));
  }
  return bytes;
}

const valuesOf = (records: readonly StoredRecord[]): Buffer[] =>
  records.map(({ value }) => Buffer.from(value));

describe('a listener', () => {
  it('hands its receipts to the log by itself, and the sender keeps them', async () => {
    expect(await listenAs(recipient)).toMatchObject({ delivered: 1 });
    expect(valuesOf(await inAlicesInbox())).toEqual(await bytesOfAnswers());
    expect(await listenAs(sender)).toMatchObject({ delivered: 0, refused: 0, receipts: 2 });
    const known = await sender.ledger.receipts.list({});
    expect(known.map(({ says }) => says)).toEqual(['received', 'processed']);
  });

  it('that ends before it could hand them on leaves the very same bytes to the next one', async () => {
    const away = new MsgError('broker-unreachable', 'the log is away');
    await listenAs(
      recipient,
      failing(() => Promise.reject(away)),
    );
    expect(await inAlicesInbox()).toEqual([]);
    const kept = await bytesOfAnswers();
    expect(kept).toHaveLength(2);
    expect(await listenAs(recipient)).toMatchObject({ delivered: 0 });
    expect(valuesOf(await inAlicesInbox())).toEqual(kept);
  });

  it('that cannot tell whether they have left sends them again, and the sender counts them once', async () => {
    await listenAs(
      recipient,
      failing(async (...record) => {
        await log.publish(...record);
        throw new PublishOutcomeUnknown('the connection broke');
      }),
    );
    await listenAs(recipient);
    const lying = valuesOf(await inAlicesInbox());
    expect(lying.length).toBeGreaterThan(2);
    expect(new Set(lying.map((value) => value.toString('hex'))).size).toBe(2);
    const { receipts, duplicates } = await listenAs(sender);
    expect({ receipts, duplicates }).toEqual({ receipts: 2, duplicates: lying.length - 2 });
  });
});
