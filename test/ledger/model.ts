import type { MessageId } from '../../src/domain/message-id.js';
import type { InboxState } from '../../src/domain/message-states.js';
import type { PeerName } from '../../src/domain/peer-name.js';
import type { ClaimOutcome, IncomingMessage } from '../../src/ledger/port.js';

interface ModelMessage {
  readonly number: number;
  readonly digest: string;
  readonly sender: PeerName;
  readonly id: MessageId;
  readonly offset: bigint;
  state: InboxState;
  attempts: number;
  duplicates: number;
}

interface ModelDelivery {
  state: 'queued' | 'publishing' | 'sent';
  uncertain: boolean;
}

/** What a ledger is to do, in memory and as simply as can be said. */
export class LedgerModel {
  now = 0;
  readonly inbox: ModelMessage[] = [];
  readonly lanes = new Map<PeerName, { owner: string; number: number; until: number }>();
  readonly quarantine = new Set<bigint>();
  readonly outbox = new Map<MessageId, { digest: string; delivery: ModelDelivery }>();
  position: bigint | undefined;

  receive(messages: readonly IncomingMessage[], next: bigint): ClaimOutcome[] {
    const outcomes = messages.map((message) => this.#receive(message));
    if (this.position === undefined || next > this.position) this.position = next;
    return outcomes;
  }

  claim(owner: string, until: number): ModelMessage | undefined {
    const next = this.inbox.find(
      (one) => isPending(one) && !this.#isTaken(one.sender) && this.#isFirst(one),
    );
    if (next === undefined) return undefined;
    this.lanes.set(next.sender, { owner, number: next.number, until });
    next.state = 'delivering';
    next.attempts += 1;
    return next;
  }

  renew(owner: string, sender: PeerName, until: number): boolean {
    const lane = this.lanes.get(sender);
    if (lane?.owner !== owner) return false;
    lane.until = until;
    return true;
  }

  complete(owner: string, number: number): void {
    this.#free(owner, number);
    const message = this.#pending(number);
    if (message !== undefined) message.state = 'done';
  }

  refuse(owner: string, number: number): boolean {
    if (!this.#free(owner, number)) return false;
    const message = this.#pending(number);
    if (message === undefined) return false;
    message.state = 'quarantined';
    this.quarantine.add(message.offset);
    return true;
  }

  release(owner: string, number: number): void {
    if (!this.#free(owner, number)) return;
    const message = this.#pending(number);
    if (message !== undefined) message.state = 'received';
  }

  enqueue(id: MessageId, digest: string): 'kept' | 'known' | 'conflict' {
    const known = this.outbox.get(id);
    if (known !== undefined) return known.digest === digest ? 'known' : 'conflict';
    this.outbox.set(id, { digest, delivery: { state: 'queued', uncertain: false } });
    return 'kept';
  }

  /** What happens to the only delivery of a message; false when there is no such message. */
  publish(id: MessageId, event: 'begin' | 'sent' | 'not-sent' | 'unknown'): boolean {
    const delivery = this.outbox.get(id)?.delivery;
    if (delivery === undefined) return false;
    if (delivery.state === 'sent') return true;
    if (event === 'begin') {
      delivery.uncertain ||= delivery.state === 'publishing';
      delivery.state = 'publishing';
    } else if (event === 'sent') {
      delivery.state = 'sent';
    } else {
      delivery.uncertain ||= event === 'unknown';
      delivery.state = 'queued';
    }
    return true;
  }

  forget(id: MessageId): boolean {
    const delivery = this.outbox.get(id)?.delivery;
    if (delivery?.state !== 'queued' || delivery.uncertain) return false;
    return this.outbox.delete(id);
  }

  #receive({ sender, id, digest, source: { offset } }: IncomingMessage): ClaimOutcome {
    const known = this.inbox.find((one) => one.sender === sender && one.id === id);
    if (known === undefined) {
      const number = this.inbox.length + 1;
      const fresh = { state: 'received', attempts: 0, duplicates: 0 } as const;
      this.inbox.push({ number, digest, sender, id, offset, ...fresh });
      return 'new';
    }
    if (known.digest !== digest) {
      this.quarantine.add(offset);
      return 'conflict';
    }
    if (known.offset !== offset) known.duplicates += 1;
    return 'duplicate';
  }

  #isTaken(sender: PeerName): boolean {
    return (this.lanes.get(sender)?.until ?? 0) > this.now;
  }

  #isFirst({ sender, number }: ModelMessage): boolean {
    return !this.inbox.some(
      (one) => isPending(one) && one.sender === sender && one.number < number,
    );
  }

  #pending(number: number): ModelMessage | undefined {
    return this.inbox.find((one) => one.number === number && isPending(one));
  }

  #free(owner: string, number: number): boolean {
    const lane = [...this.lanes].find(([, one]) => one.owner === owner && one.number === number);
    return lane !== undefined && this.lanes.delete(lane[0]);
  }
}

function isPending({ state }: ModelMessage): boolean {
  return state === 'received' || state === 'delivering';
}
