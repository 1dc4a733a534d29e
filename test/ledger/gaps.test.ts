import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { ledgerBench, type LedgerBench } from './bench.js';
import { ACME, GLOBEX, message, refused, source, verified } from './records.js';

const LEASE = { until: 2_000_000_000_000 };

/** What comes from one sender, a second after the other. */
class Arrivals {
  readonly bench: LedgerBench = ledgerBench();
  readonly ledger = this.bench.open();
  #offset = 0;

  /** A new id, made now; time goes on. */
  newId(): MessageId {
    this.bench.clock.now += 1_000;
    return newMessageId(this.bench.clock.read, randomBytes);
  }

  async come(
    id: MessageId,
    after: readonly MessageId[] = [],
    voids: readonly MessageId[] = [],
  ): Promise<void> {
    const at = this.bench.clock.now;
    const naming = { sender: ACME, id, at, after, voids };
    const header = JSON.stringify({ v: 1, sent: at });
    const one = message({ id, naming, header, offset: this.#offset++ });
    await this.ledger.inbox.receive([verified(one)], undefined);
  }

  async missing(): Promise<readonly MessageId[]> {
    return (await this.ledger.streams.missing({})).map(({ id }) => id);
  }

  /** The sender is known from here on. */
  static async begun(): Promise<Arrivals> {
    const arrivals = new Arrivals();
    await arrivals.come(arrivals.newId());
    return arrivals;
  }
}

describe('what a message names that has not come', () => {
  it('is missing until it comes', async () => {
    const arrivals = await Arrivals.begun();
    const [lost, next] = [arrivals.newId(), arrivals.newId()];
    await arrivals.come(next, [lost]);
    const noticedAt = arrivals.bench.clock.now;
    expect(await arrivals.ledger.streams.missing({})).toEqual([
      { sender: ACME, id: lost, namedBy: next, noticedAt, claimedBy: undefined },
    ]);
    await arrivals.come(arrivals.newId(), [lost, next]);
    expect(await arrivals.ledger.streams.missingBySender()).toEqual([
      { sender: ACME, messages: 1, since: noticedAt },
    ]);
    await arrivals.come(lost);
    expect(await arrivals.missing()).toEqual([]);
  });

  it('is not missing where it was made before the first message that is known of its sender', async () => {
    const arrivals = new Arrivals();
    const [before, beside] = [arrivals.newId(), arrivals.newId()];
    await arrivals.come(arrivals.newId(), [before]);
    await arrivals.come(arrivals.newId(), [before, beside]);
    expect(await arrivals.missing()).toEqual([]);
  });

  it('is not missing where it may have been pruned', async () => {
    const arrivals = await Arrivals.begun();
    const pruned = arrivals.newId();
    await arrivals.come(pruned);
    const { ledger } = arrivals;
    for (let n = 0; n < 2; n++) {
      const claim = { owner: 'me', leaseUntil: LEASE.until, except: [] };
      const row = await ledger.lanes.claim(claim);
      await ledger.lanes.complete('me', row?.number ?? 0);
    }
    const all = { before: LEASE.until, ids: { held: [] } };
    expect(await ledger.pruning.step(all, 100)).toMatchObject({ receivedIds: 2 });
    const lost = arrivals.newId();
    await arrivals.come(arrivals.newId(), [pruned, lost]);
    expect(await arrivals.missing()).toEqual([lost]);
  });

  it('is not missing where its sender has proven it and it was refused, whichever came first', async () => {
    const arrivals = await Arrivals.begun();
    const [early, late] = [arrivals.newId(), arrivals.newId()];
    const refuse = async (id: MessageId, offset: number): Promise<void> => {
      const record = refused(offset);
      if (record.outcome !== 'refused') throw new Error('not refused');
      const claimed = { claimedSender: ACME, claimedId: id, proven: true, reason: 'expired' };
      const naming = { sender: ACME, id, at: arrivals.bench.clock.now, after: [], voids: [] };
      const proven = { ...record, refused: { ...record.refused, ...claimed }, naming };
      await arrivals.ledger.inbox.receive([proven], undefined);
    };
    await refuse(early, 100);
    await arrivals.come(arrivals.newId(), [early, late]);
    expect(await arrivals.missing()).toEqual([late]);
    await refuse(late, 101);
    expect(await arrivals.missing()).toEqual([]);
  });

  it('is missing though a record claims to be it, and says which: anybody can write that', async () => {
    const arrivals = await Arrivals.begun();
    const lost = arrivals.newId();
    const record = refused(100);
    if (record.outcome !== 'refused') throw new Error('not refused');
    const claimed = { claimedSender: ACME, claimedId: lost };
    const claims = { ...record, refused: { ...record.refused, ...claimed } };
    await arrivals.ledger.inbox.receive([claims], undefined);
    await arrivals.come(arrivals.newId(), [lost]);
    expect(await arrivals.ledger.streams.missing({})).toMatchObject([
      { id: lost, claimedBy: { number: 1, reason: 'signature' } },
    ]);
  });

  it('is what a refused message of its sender names, too', async () => {
    const arrivals = await Arrivals.begun();
    const [lost, id] = [arrivals.newId(), arrivals.newId()];
    const record = refused(100);
    if (record.outcome !== 'refused') throw new Error('not refused');
    const naming = { sender: ACME, id, at: arrivals.bench.clock.now, after: [lost], voids: [] };
    await arrivals.ledger.inbox.receive([{ ...record, naming }], undefined);
    expect(await arrivals.missing()).toEqual([lost]);
  });

  it('is not missing while a large payload of that id is on its way, nor when it was given up', async () => {
    const arrivals = await Arrivals.begun();
    const { ledger, bench } = arrivals;
    const id = arrivals.newId();
    const naming = { sender: ACME, id, at: bench.clock.now, after: [], voids: [] };
    const manifest = message({ id, naming, source: source(100), kind: 'manifest' });
    const file = { fileId: Buffer.alloc(16), size: 10, count: 1, expiresAt: undefined };
    const limits = { files: 9, bytes: 1_000 };
    const announced = { outcome: 'manifest', message: manifest, file, limits } as const;
    await ledger.inbox.receive([announced], undefined);
    await arrivals.come(arrivals.newId(), [id]);
    expect(await arrivals.missing()).toEqual([]);
    await ledger.incoming.expire({ idleSince: LEASE.until, now: LEASE.until });
    await arrivals.come(arrivals.newId(), [id]);
    expect(await arrivals.missing()).toEqual([]);
  });

  it('is missed no longer once it is forgotten, even if another message names it', async () => {
    const arrivals = await Arrivals.begun();
    const lost = arrivals.newId();
    await arrivals.come(arrivals.newId(), [lost]);
    const { streams } = arrivals.ledger;
    expect(await streams.forget(lost, GLOBEX)).toBe(0);
    expect([await streams.forget(lost, ACME), await streams.forget(lost)]).toEqual([1, 0]);
    await arrivals.come(arrivals.newId(), [lost]);
    expect(await arrivals.missing()).toEqual([]);
    expect(await streams.tell(LEASE.until)).toEqual([]);
  });

  it('is missed no longer once its sender says that it never left, also where it is named only later', async () => {
    const arrivals = await Arrivals.begun();
    const [early, late, lost] = [arrivals.newId(), arrivals.newId(), arrivals.newId()];
    await arrivals.come(arrivals.newId(), [early, lost]);
    await arrivals.come(arrivals.newId(), [], [early, late]);
    await arrivals.come(arrivals.newId(), [late]);
    expect(await arrivals.missing()).toEqual([lost]);
    expect(await arrivals.ledger.streams.tell(LEASE.until)).toMatchObject([{ id: lost }]);
  });

  it('is not missing where one message names it and says that it never left', async () => {
    const arrivals = await Arrivals.begun();
    const never = arrivals.newId();
    await arrivals.come(arrivals.newId(), [never], [never]);
    expect(await arrivals.missing()).toEqual([]);
  });

  it('is taken in as ever when it comes although its sender says that it never left', async () => {
    const arrivals = await Arrivals.begun();
    const [first, second] = [arrivals.newId(), arrivals.newId()];
    await arrivals.come(arrivals.newId(), [first], [first, second]);
    await arrivals.come(first);
    await arrivals.come(second);
    await arrivals.come(arrivals.newId(), [], [first, second]);
    const found = await Promise.all([first, second].map((id) => arrivals.ledger.history.find(id)));
    expect(found.flat()).toMatchObject([
      { id: first, state: 'received' },
      { id: second, state: 'received' },
    ]);
    expect(await arrivals.missing()).toEqual([]);
  });

  it('is still missing when another sender says of it that it never left', async () => {
    const arrivals = await Arrivals.begun();
    const lost = arrivals.newId();
    await arrivals.come(arrivals.newId(), [lost]);
    const naming = { sender: GLOBEX, id: arrivals.newId(), at: 0, after: [], voids: [lost] };
    const other = message({ sender: GLOBEX, id: naming.id, naming, offset: 100 });
    await arrivals.ledger.inbox.receive([verified(other)], undefined);
    expect(await arrivals.missing()).toEqual([lost]);
  });

  it('is told once, when it has been missing for long', async () => {
    const arrivals = await Arrivals.begun();
    const lost = arrivals.newId();
    await arrivals.come(arrivals.newId(), [lost]);
    const { streams } = arrivals.ledger;
    const noticed = arrivals.bench.clock.now;
    expect(await streams.tell(noticed - 1)).toEqual([]);
    expect(await streams.tell(noticed)).toMatchObject([{ id: lost, sender: ACME }]);
    expect(await streams.tell(noticed)).toEqual([]);
    expect(await arrivals.missing()).toEqual([lost]);
  });

  it('fills no disk: a sender who names what never was gets no further than its own bound', async () => {
    const arrivals = await Arrivals.begun();
    const names = (): MessageId[] => Array.from({ length: 32 }, () => arrivals.newId());
    const [first = arrivals.newId(), ...rest] = names();
    for (let n = 0; n < 40; n++)
      await arrivals.come(arrivals.newId(), [first, ...rest, ...names()]);
    const { streams } = arrivals.ledger;
    expect(await streams.missingBySender()).toMatchObject([{ sender: ACME, messages: 1_000 }]);
    await streams.forget(first);
    await arrivals.come(arrivals.newId(), names(), names());
    expect(await streams.missingBySender()).toMatchObject([{ sender: ACME, messages: 1_000 }]);
  });
});
