import { randomBytes } from 'node:crypto';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { ClaimOutcome, IncomingRecord, Ledger } from '../../src/ledger/port.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { inspectRecord, type Inspected } from '../../src/messaging/inspect.js';
import { keptOriginal } from '../../src/messaging/receipts/original.js';
import { sealMessage } from '../../src/messaging/seal-message.js';
import { open } from '../../src/envelope/open.js';
import type { Header } from '../../src/envelope/header.js';
import type { Opened } from '../../src/envelope/types.js';
import type { PeerRecord } from '../../src/registry/port.js';
import {
  FILE_LIMITS,
  judgeWith,
  ScriptedBook,
  temporaryLedger,
  temporarySpool,
} from './messaging.js';
import type { TestPeer } from './pki.js';
import { headerFor, LIMITS, MOMENT } from './sealed.js';

/** One end of a correspondence: a peer with a ledger of its own, and no log. */
export interface Side {
  readonly peer: TestPeer;
  readonly ledger: Ledger;
  readonly deps: Omit<MessagingDeps, 'transport'>;
  readonly warnings: readonly string[];
  /** Judges a record that lies in this side's inbox. */
  inspect(sealed: Uint8Array): Promise<Inspected>;
  /** Has the ledger keep it, at a place of its own. */
  keep(record: IncomingRecord): Promise<ClaimOutcome | undefined>;
  /** Sends a message to others, as far as the outbox; gives it as the first of them opens it. */
  send(to: readonly TestPeer[], text: string, fields?: Partial<Header>): Promise<Opened>;
}

/** Makes a side that knows these records of the directory. */
export function sideOf(
  peer: TestPeer,
  records: readonly PeerRecord[],
  changes: Partial<MessagingDeps> = {},
): Side {
  const clock = changes.clock ?? (() => MOMENT);
  const ledger = temporaryLedger(clock);
  const warnings: string[] = [];
  let offset = 0n;
  const deps: Side['deps'] = {
    ...{ self: parsePeerName(peer.name), owner: 'this', ledger, judge: judgeWith() },
    signingKey: () => Promise.resolve({ own: peer, chain: peer.chain }),
    formerKey: () => Promise.resolve(undefined),
    openingKeys: () => Promise.resolve([peer]),
    book: ScriptedBook.of(...records),
    ...{ freshness: { maxAge: 60_000, maxStale: 60_000 }, settling: 0 },
    ...{ largestSealed: 1_000_000, clock, random: randomBytes, isGone: () => false },
    ...{ spool: temporarySpool(), fileLimits: FILE_LIMITS },
    warn: (sentence) => void warnings.push(sentence),
    ...changes,
  };
  const partition = {
    ...{ clusterId: 'c', topic: `msg.in.${peer.name}`, topicId: undefined, partition: 0 },
  };
  return {
    ...{ peer, ledger, deps, warnings },
    inspect: (value) => {
      const at = { ...partition, offset: offset++, appendedAt: clock() };
      return inspectRecord({ ...at, key: undefined, value, headers: {} }, partition, deps);
    },
    keep: async (record) => (await ledger.inbox.receive([record], undefined))[0],
    async send(to, text, fields = {}) {
      const payload = Buffer.from(text);
      const header = headerFor(peer, to, payload, {
        receipt: ['received', 'processed'],
        ...fields,
      });
      const key = { own: peer, chain: peer.chain };
      const message = { header, payload, recipients: to, key };
      const { sealed, signedData, signer } = await sealMessage(message, deps);
      await ledger.outbox.enqueue({
        ...{ id: header.id, digest: 'ab'.repeat(32), kind: header.kind, type: undefined },
        ...{ correlationId: header.cid, header: JSON.stringify(header), sealed, signer },
        originals: [keptOriginal({ header, payload, signedData })],
        deliveries: header.to.map((one) => ({ recipient: one.peer, topic: `msg.in.${one.peer}` })),
      });
      return open(sealed, [to[0] ?? peer], LIMITS);
    },
  };
}
