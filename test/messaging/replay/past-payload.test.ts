import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DirectorySink } from '../../../src/messaging/directory-sink.js';
import { replay, type ReplayOutcome } from '../../../src/messaging/replay/replay.js';
import { LargeInbox, makeLargePeers, type LargePeers } from '../../support/large-inbox.js';
import { transferOf } from '../../support/transfer.js';

let peers: LargePeers;
let inbox: LargeInbox;
const content = randomBytes(40_000);

beforeAll(async () => {
  peers = await makeLargePeers();
});
beforeEach(async () => {
  inbox = await LargeInbox.open(peers);
  const { announcement, chunks } = await transferOf(peers.alice, peers.bob, content, {
    fields: { name: 'dump.tar' },
  });
  await inbox.publish(announcement, ...chunks);
  await inbox.receive();
});

const original = (): string => join(inbox.directory, 'in', 'dump.tar');
const copy = (): string => join(inbox.directory, 'again', 'dump.tar');

async function again(): Promise<readonly ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  await replay(
    {
      ...{ filter: {}, run: undefined, count: undefined, signal: new AbortController().signal },
      sink: new DirectorySink(join(inbox.directory, 'again')),
      onOutcome: (outcome) => void outcomes.push(outcome),
    },
    {
      ...{ ledger: inbox.ledger, spool: inbox.spool, owner: 'this', isGone: () => false },
      ...{ clock: () => inbox.now, openingKeys: () => Promise.resolve([peers.bob]) },
    },
  );
  return outcomes;
}

describe('a payload that came in chunks and was delivered', () => {
  it('is delivered again from the file that it became, as a file of its own', async () => {
    expect(await again()).toMatchObject([{ state: 'delivered' }]);
    expect(readFileSync(copy()).equals(content)).toBe(true);
    expect(statSync(copy()).ino).not.toBe(statSync(original()).ino);
  });

  const changes: [what: string, change: () => void][] = [
    [
      'is gone',
      () => {
        unlinkSync(original());
      },
    ],
    [
      'is longer',
      () => {
        writeFileSync(original(), 'more', { flag: 'a' });
      },
    ],
    [
      'was changed in one byte',
      () => {
        writeFileSync(original(), changed());
      },
    ],
  ];
  it.each(changes)('is not delivered again when that file %s', async (_, change) => {
    change();
    const [outcome] = await again();
    expect(outcome).toMatchObject({ state: 'failed', error: { reason: 'payload-lost' } });
  });
});

function changed(): Buffer {
  const bytes = Buffer.from(content);
  bytes[7] = (bytes[7] ?? 0) ^ 1;
  return bytes;
}
