import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { inspectRecord } from '../../src/messaging/inspect.js';
import { openAddressBook } from '../../src/registry/address-book.js';
import { parseAddress } from '../../src/registry/address.js';
import { FILE_LIMITS, temporaryLedger } from '../support/messaging.js';
import { makePeer } from '../support/pki.js';
import { MOMENT, sealFor } from '../support/sealed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const untouched = (): never => {
  throw new Error('nothing but the bytes is to be judged here');
};

/** Why bob refuses what alice sealed for carol, under a limit. */
async function refusalUnder(limit: (size: number) => number): Promise<string | undefined> {
  const [alice, bob, carol] = await Promise.all([
    makePeer('alice'),
    makePeer('bob'),
    makePeer('carol'),
  ]);
  const sealed = await sealFor(alice, [carol], Buffer.from('hello'));
  const book = openAddressBook({
    path: join(temporaryDirectory(), 'address-book.db'),
    ...{ chainId: 1n, address: parseAddress(`0x${'11'.repeat(20)}`) },
    ...{ rpc: { urls: ['http://127.0.0.1:1'] }, clock: () => MOMENT },
  });
  onTestFinished(() => {
    book.close();
  });
  const { record } = await inspectRecord(
    {
      ...{ topic: 'msg.in.bob', partition: 0, offset: 0n, appendedAt: MOMENT },
      ...{ key: 'alice', value: sealed, headers: {} },
    },
    { clusterId: 'test', topic: 'msg.in.bob', topicId: undefined, partition: 0 },
    {
      ...{ self: parsePeerName('bob'), book, clock: () => MOMENT },
      freshness: { maxAge: 0, maxStale: 0 },
      settling: 0,
      fileLimits: FILE_LIMITS,
      ledger: temporaryLedger(),
      judge: { parse: untouched, path: untouched, name: untouched, proof: untouched },
      openingKeys: () => Promise.resolve([bob]),
      largestSealed: limit(sealed.length),
    },
  );
  return record.outcome === 'refused' ? record.refused.reason : undefined;
}

describe('the size of a sealed message', () => {
  it('is judged before anything is opened', async () => {
    expect(await refusalUnder((size) => size - 1)).toBe('too-large');
  });

  it('may be the limit itself', async () => {
    expect(await refusalUnder((size) => size)).toBe('not-for-us');
  });
});
