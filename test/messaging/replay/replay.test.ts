import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { newMessageId } from '../../../src/domain/message-id.js';
import { parsePeerName } from '../../../src/domain/peer-name.js';
import { MsgError } from '../../../src/errors.js';
import type { InboxRow } from '../../../src/ledger/port.js';
import { DirectorySink } from '../../../src/messaging/directory-sink.js';
import {
  replay,
  type ReplayOptions,
  type ReplayOutcome,
} from '../../../src/messaging/replay/replay.js';
import type { Sink } from '../../../src/messaging/sink.js';
import { DeliveryBench, makePeers, type Peers } from '../../support/deliveries.js';
import { temporarySpool } from '../../support/messaging.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

let peers: Peers;
let bench: DeliveryBench;

beforeAll(async () => {
  peers = await makePeers();
});
beforeEach(() => {
  bench = new DeliveryBench(peers);
});

/** Bob has been delivered these messages from Alice and Carol, one millisecond after another. */
async function delivered(...texts: string[]): Promise<void> {
  for (const text of texts) {
    await bench.receive(text.startsWith('carol') ? peers.carol : peers.alice, [text]);
    bench.now++;
  }
  const work = bench.deliverTo(() => undefined);
  await work.untilDelivered(texts.length);
  await work.stop();
}

/** Everything that the ledger keeps of what came in. */
async function rows(): Promise<readonly InboxRow[]> {
  return bench.ledger.replays.find({}, { after: 0, limit: 100 });
}

async function rowOf(index: number): Promise<InboxRow> {
  const row = (await rows())[index];
  if (row === undefined) throw new Error('no such row');
  return row;
}

/** One run of a replay, and what became of the messages in it. */
async function run(
  sink: Sink,
  options: Partial<ReplayOptions> = {},
  owner = 'this',
): Promise<readonly ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  const deps = {
    ...{ ledger: bench.ledger, openingKeys: () => Promise.resolve([peers.bob]) },
    ...{ spool: temporarySpool(), owner, clock: () => bench.now, isGone: () => false },
  };
  await replay(
    {
      ...{ filter: {}, run: undefined, count: undefined, sink },
      signal: new AbortController().signal,
      onOutcome: (outcome) => void outcomes.push(outcome),
      ...options,
    },
    deps,
  );
  return outcomes;
}

/** A sink that keeps the texts it is given, or fails at some. */
class Texts implements Sink {
  readonly texts: string[] = [];
  readonly marks: unknown[] = [];
  readonly #fail: (text: string) => void;

  constructor(fail: (text: string) => void = () => undefined) {
    this.#fail = fail;
  }

  async deliver({
    payload,
    attempt,
    replay: isReplay,
    redelivered,
  }: Parameters<Sink['deliver']>[0]) {
    const text = Buffer.from(await payload.bytes()).toString();
    this.#fail(text);
    this.texts.push(text);
    this.marks.push({ attempt, isReplay, redelivered });
    return {};
  }
}

describe('a replay', () => {
  it('delivers again in the old order, marked, and changes nothing in the ledger', async () => {
    await delivered('one', 'carol two', 'three');
    const before = [await rows(), await bench.ledger.history.counts()];
    const sink = new Texts();
    expect((await run(sink)).map(({ state }) => state)).toEqual(Array(3).fill('delivered'));
    expect(sink.texts).toEqual(['one', 'carol two', 'three']);
    expect(sink.marks).toEqual(Array(3).fill({ attempt: 2, isReplay: true, redelivered: true }));
    expect([await rows(), await bench.ledger.history.counts()]).toEqual(before);
  });

  it('takes only what meets all conditions', async () => {
    await delivered('one', 'carol two', 'three', 'carol four');
    const carol = parsePeerName('carol');
    const { receivedAt, id } = await rowOf(2);
    const filters = [
      { sender: carol },
      { since: receivedAt },
      { until: receivedAt },
      { sender: carol, since: receivedAt },
      { ids: [id] },
      { type: 'no such' },
    ];
    const found: string[][] = [];
    for (const filter of filters) {
      const sink = new Texts();
      await run(sink, { filter });
      found.push(sink.texts);
    }
    expect(found).toEqual([
      ['carol two', 'carol four'],
      ['three', 'carol four'],
      ['one', 'carol two'],
      ['carol four'],
      ['three'],
      [],
    ]);
  });

  it('ends after as many as were asked for', async () => {
    await delivered('one', 'two', 'three');
    const sink = new Texts();
    await run(sink, { count: 2 });
    expect(sink.texts).toEqual(['one', 'two']);
  });

  it('leaves alone what was never delivered, and refuses it when it is named', async () => {
    await delivered('one');
    await bench.receive(peers.alice, ['waits']);
    const sink = new Texts();
    expect((await run(sink)).map(({ state }) => state)).toEqual(['delivered', 'undelivered']);
    expect(sink.texts).toEqual(['one']);
    const { id } = await rowOf(1);
    const named = run(sink, { filter: { ids: [(await rowOf(0)).id, id] } });
    await expect(named).rejects.toThrow(`${id} has never been delivered: it is received`);
    const unknown = newMessageId(
      () => bench.now,
      (length) => Buffer.alloc(length),
    );
    await expect(run(sink, { filter: { ids: [unknown] } })).rejects.toThrow(/has no message/);
    expect(sink.texts).toEqual(['one']);
  });

  it('goes on with other senders when one has to wait, and lets nothing overtake in its order', async () => {
    await delivered('one', 'carol two', 'three', 'carol four');
    const sink = new Texts((text) => {
      if (text === 'one') throw new MsgError('handler-failed', 'not now');
    });
    const outcomes = await run(sink);
    expect(outcomes.map(({ state }) => state)).toEqual([
      ...['failed', 'delivered', 'held-back', 'delivered'],
    ]);
    expect(sink.texts).toEqual(['carol two', 'carol four']);
  });

  it('goes on behind a message that is refused for good', async () => {
    await delivered('one', 'two');
    const sink = new Texts((text) => {
      if (text === 'one') throw new MsgError('message-refused', 'never');
    });
    expect((await run(sink)).map(({ state }) => state)).toEqual(['failed', 'delivered']);
  });

  it('without a name delivers everything each time', async () => {
    await delivered('one');
    const sink = new Texts();
    await run(sink);
    await run(sink);
    expect(sink.texts).toEqual(['one', 'one']);
  });
});

describe('a replay with a name', () => {
  it('delivers only what it has not delivered yet', async () => {
    await delivered('one', 'two');
    const sink = new Texts();
    await run(sink, { run: 'again', count: 1 });
    expect((await run(sink, { run: 'again' })).map(({ state }) => state)).toEqual([
      ...['known', 'delivered'],
    ]);
    await run(sink, { run: 'again' });
    expect(sink.texts).toEqual(['one', 'two']);
    await run(sink, { run: 'another' });
    expect(sink.texts).toEqual(['one', 'two', 'one', 'two']);
  });

  it('tries again what failed, and counts the attempts', async () => {
    await delivered('one');
    let tries = 0;
    const sink = new Texts(() => {
      if (++tries < 3) throw new MsgError('message-refused', 'mended later');
    });
    for (let time = 0; time < 4; time++) await run(sink, { run: 'again' });
    expect(sink.marks).toEqual([{ attempt: 4, isReplay: true, redelivered: true }]);
  });

  it('runs in one process at a time', async () => {
    await delivered('one');
    const second: unknown[] = [];
    const sink: Sink = {
      async deliver() {
        second.push(await run(new Texts(), { run: 'again' }, 'other').catch((e: unknown) => e));
        return {};
      },
    };
    await run(sink, { run: 'again' });
    expect(second).toMatchObject([{ code: 'batch-running' }]);
    expect(await run(new Texts(), { run: 'again' }, 'other')).toMatchObject([{ state: 'known' }]);
  });

  const moments = ['file:written', 'file:noted', 'file:linked', 'replay:delivered'];
  it.each(moments)('that ends at %s makes each file once all the same', async (moment) => {
    await delivered('one', 'two');
    const directory = join(temporaryDirectory(), 'again');
    const sink = new DirectorySink(directory);
    dieAt(moment);
    await expect(run(sink, { run: 'again' })).rejects.toThrow('killed');
    dieAt(undefined);
    await run(sink, { run: 'again' });
    await run(sink, { run: 'again' });
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
    expect(files.sort()).toEqual(['one', 'two']);
  });
});

/** The process ends when it comes to a checkpoint; what it would still have done, it does not. */
function dieAt(moment: string | undefined): void {
  const listener = Symbol.for('peermsg.checkpoint');
  Reflect.set(globalThis, listener, (name: string) => {
    if (name === moment) throw new Error('killed');
  });
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, listener);
  });
}
