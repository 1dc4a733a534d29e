import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { OutboxFlusher, type FlushEvent } from '../../src/messaging/flush.js';
import type { SendRequest } from '../../src/messaging/send-request.js';
import { send } from '../../src/messaging/send.js';
import { PublishOutcomeUnknown, type Transport } from '../../src/transport/port.js';
import { instead } from './instead.js';
import type { LargePeers } from './large-inbox.js';
import type { TestPeer } from './pki.js';
import { Sides } from './two-sides.js';

/** What bob's inbox takes in one record, in bytes, unless a test says otherwise. */
export const LARGEST = 6_000;
/** How a broker refuses a record. */
export const TOO_LARGE = new MsgError('too-large', 'a record is too large');
export const [BOB, CAROL] = [parsePeerName('bob'), parsePeerName('carol')];
/** A payload that bob's inbox does not take in one record. */
export const LONG = 'abcdefghij'.repeat(2_000);

/** Alice's outbox, with bob whose inbox takes small records only, and carol; gone after the test. */
export class NarrowOutbox {
  readonly sides: Sides;
  readonly #alice: TestPeer;

  private constructor(sides: Sides, alice: TestPeer) {
    this.sides = sides;
    this.#alice = alice;
  }

  static async open({ alice, bob, carol }: LargePeers): Promise<NarrowOutbox> {
    const sides = await Sides.open(alice, bob, carol);
    const outbox = new NarrowOutbox(sides, alice);
    // Their streams begin with it: what was made before is never missed.
    await outbox.one('first', { to: [BOB, CAROL] });
    await sides.receive(bob);
    await sides.receive(carol);
    sides.now += 1_000;
    return outbox;
  }

  /** The brokers do not answer: nobody can tell what an inbox takes, either. */
  away(error: Error = new MsgError('broker-unreachable', 'nobody there')): Transport {
    const fail = (): Promise<never> => Promise.reject(error);
    return instead(this.sides.log, { publish: fail, limits: fail });
  }

  /** Bob's inbox takes less than others: as a broker does, of several records those before one may be taken. */
  narrow({ largest = LARGEST, says = largest }: { largest?: number; says?: number } = {}) {
    const { log } = this.sides;
    const publish: Transport['publish'] = async (topic, partition, records) => {
      const end = records.findIndex(({ value }) => value.length > largest);
      if (end === -1 || topic !== 'msg.in.bob') return log.publish(topic, partition, records);
      if (end === 0) throw TOO_LARGE;
      const { baseOffset } = await log.publish(topic, partition, records.slice(0, end));
      const appended = { count: end, baseOffset };
      throw new PublishOutcomeUnknown('some were appended', { cause: TOO_LARGE, appended });
    };
    const limits: Transport['limits'] = async (topic) => {
      const usual = await log.limits(topic);
      return topic === 'msg.in.bob' ? { ...usual, largestValue: says } : usual;
    };
    return instead(log, { publish, limits });
  }

  /** Alice sends a text to bob, or what else a test decides; it is kept where it cannot leave. */
  async one(
    text: string,
    changes: Partial<SendRequest> = {},
    transport: Transport = this.sides.log,
  ): Promise<MessageId> {
    const request = { to: [BOB], payload: Buffer.from(text), contentType: 'text/plain' };
    const deps = this.sides.deps(this.#alice, { transport });
    return (await send({ ...request, queue: true, ...changes }, deps)).id;
  }

  /** Alice's outbox is emptied once. */
  async flush(transport: Transport = this.narrow()): Promise<readonly FlushEvent[]> {
    const events: FlushEvent[] = [];
    const flusher = new OutboxFlusher(this.sides.deps(this.#alice, { transport }), {
      kinds: ['answers', 'messages'],
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    await flusher.once();
    return events;
  }

  /** What a peer gets now, in its order. */
  async delivered(peer: TestPeer): Promise<readonly MessageId[]> {
    const { events } = await this.sides.receive(peer);
    return events.flatMap((event) => (event.kind === 'delivered' ? [event.message.header.id] : []));
  }

  /** The files that a peer was given. */
  contents(peer: TestPeer): readonly string[] {
    const directory = this.sides.inbox(peer);
    return readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  }

  /** What a peer misses once another message has come. */
  async missing(peer: TestPeer): Promise<readonly unknown[]> {
    this.sides.now += 1_000;
    await this.one('next', { to: [BOB, CAROL] });
    await this.sides.receive(peer);
    return this.sides.ledger(peer).streams.missing({});
  }

  /** How it stands with each recipient of a message. */
  async statesOf(id: MessageId): Promise<readonly string[]> {
    const rows = await this.sides.ledger(this.#alice).history.find(id);
    return rows.flatMap((row) =>
      row.direction === 'out'
        ? row.deliveries.map(({ recipient, state, inChunks }) =>
            [recipient, state, ...(inChunks ? ['in chunks'] : [])].join(' '),
          )
        : [],
    );
  }
}

/** What happened, in a word each. */
export const kindsOf = (events: readonly FlushEvent[]): readonly string[] =>
  events.map(({ kind }) => kind);
