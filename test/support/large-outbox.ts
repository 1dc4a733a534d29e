import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { OutboxFlusher, type FlushEvent } from '../../src/messaging/flush.js';
import type { AnySendRequest } from '../../src/messaging/send-request.js';
import { send, type SendResult } from '../../src/messaging/send.js';
import type { Transport } from '../../src/transport/port.js';
import { instead } from './instead.js';
import type { LargePeers } from './large-inbox.js';
import type { TestPeer } from './pki.js';
import { Sides } from './two-sides.js';

/** How large the file is that alice sends, in bytes: three chunks. */
export const SIZE = 2_500_000;

/** Alice with a large file, bob and carol with an inbox each; gone after the test. */
export class LargeOutbox {
  readonly sides: Sides;
  /** Where the file is. */
  path: string;
  content = randomBytes(SIZE);
  readonly #peers: LargePeers;

  private constructor(peers: LargePeers, sides: Sides) {
    this.#peers = peers;
    this.sides = sides;
    this.path = join(sides.directory, 'dump.tar');
    writeFileSync(this.path, this.content);
  }

  static async open(peers: LargePeers): Promise<LargeOutbox> {
    return new LargeOutbox(peers, await Sides.open(peers.alice, peers.bob, peers.carol));
  }

  /** Alice sends the file to bob, or what else a test decides. */
  send(
    changes: Partial<AnySendRequest> = {},
    deps: Partial<MessagingDeps> = {},
  ): Promise<SendResult> {
    const request: AnySendRequest = {
      ...{ to: [parsePeerName('bob')], contentType: 'application/x-tar', name: 'dump.tar' },
      payload: { file: this.path },
      ...changes,
    };
    return send(request, this.sides.deps(this.#peers.alice, deps));
  }

  /** Alice's outbox is emptied once; everyone who was publishing is gone. */
  async flush(changes: Partial<MessagingDeps> = {}): Promise<readonly FlushEvent[]> {
    const events: FlushEvent[] = [];
    const deps = this.sides.deps(this.#peers.alice, { isGone: () => true, ...changes });
    const flusher = new OutboxFlusher(deps, {
      kinds: ['answers', 'messages'],
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    await flusher.once();
    return events;
  }

  /** What a peer got first. */
  got(peer: TestPeer): Buffer {
    const [name = 'nothing'] = readdirSync(this.sides.inbox(peer));
    return readFileSync(join(this.sides.inbox(peer), name));
  }

  /** The names of what lies in alice's spool. */
  spooled(): Promise<readonly string[]> {
    return this.sides.spool(this.#peers.alice).names();
  }

  /** The log, failing at the nth record that is published, and from then on, until it is mended. */
  failingAt(
    n: number,
    error: () => Error = broken,
  ): { readonly transport: Transport; readonly mend: () => void } {
    const { log } = this.sides;
    let [count, isBroken] = [0, true];
    const transport = instead(log, {
      publish: (topic, partition, records) => {
        if (isBroken && count++ >= n) return Promise.reject(error());
        return log.publish(topic, partition, records);
      },
    });
    return { transport, mend: () => (isBroken = false) };
  }
}

function broken(): Error {
  return new MsgError('broker-unreachable', 'no broker answers');
}
