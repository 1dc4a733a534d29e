import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Ledger } from '../../src/ledger/port.js';
import type { MessagingDeps } from '../../src/messaging/deps.js';
import { listen, type ListenOptions } from '../../src/messaging/listen.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import type { Transport } from '../../src/transport/port.js';
import {
  FILE_LIMITS,
  judgeWith,
  recordOf,
  ScriptedBook,
  temporaryLedger,
  temporarySpool,
} from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT, sealFor } from '../support/sealed.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const TOPIC = 'msg.in.bob';

let alice: TestPeer;
let bob: TestPeer;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});

async function logWith(...texts: string[]): Promise<Transport> {
  const path = join(temporaryDirectory(), 'log.db');
  const log = openEmbeddedLog({ path, clock: () => MOMENT, random: randomBytes });
  onTestFinished(() => log.close());
  await log.ensureTopic({ topic: TOPIC, partitions: 1, retention: 86_400_000 });
  for (const text of texts) {
    const value = await sealFor(alice, [bob], Buffer.from(text));
    await log.publish(TOPIC, 0, [{ key: 'alice', value, headers: {} }]);
  }
  return log;
}

function depsOf(transport: Transport, ledger: Ledger): MessagingDeps {
  return {
    ...{
      self: parsePeerName('bob'),
      owner: 'this',
      isGone: () => false,
      transport,
      ledger,
      judge: judgeWith(),
    },
    signingKey: () => Promise.reject(new Error('a listener signs nothing')),
    formerKey: () => Promise.resolve(undefined),
    openingKeys: () => Promise.resolve([bob]),
    book: ScriptedBook.of(recordOf(alice)),
    freshness: { maxAge: 60_000, maxStale: 60_000 },
    settling: 60_000,
    ...{ spool: temporarySpool(), fileLimits: FILE_LIMITS },
    ...{ largestSealed: 1_000_000, clock: () => MOMENT, random: randomBytes },
    warn: () => undefined,
  };
}

function optionsFor(texts: string[], changes: Partial<ListenOptions> = {}): ListenOptions {
  return {
    ...{ topic: TOPIC, from: { from: 'committed' }, lanes: 2, adopt: false },
    flush: ['answers'],
    ...{ count: undefined, untilEmpty: true, idleTimeout: undefined, giveUpAfter: 60_000 },
    sink: {
      async deliver({ payload }) {
        texts.push(Buffer.from(await payload.bytes()).toString());
        return {};
      },
    },
    onEvent: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
}

describe('a listener beside others of its ledger', () => {
  it('takes over at once what a process had in hand that is killed while it listens', async () => {
    const ledger = temporaryLedger();
    const log = await logWith('first', 'second');
    await receiveOnly(log, ledger);
    await ledger.lanes.claim({ owner: 'other', leaseUntil: MOMENT + 60_000, except: [] });
    let isDead = false;
    let looks = 0;
    const isGone = (owner: string): boolean => {
      looks++;
      return owner === 'other' && isDead;
    };
    const texts: string[] = [];
    const listening = listen({ ...depsOf(log, ledger), isGone }, optionsFor(texts));
    await until('it has begun, with the other one alive', () => looks > 0);
    expect(texts).toEqual([]);
    isDead = true;
    expect(await listening).toMatchObject({ delivered: 2 });
    expect(texts).toEqual(['first', 'second']);
  });
});

/** Messages are in the ledger, and none has been delivered. */
async function receiveOnly(log: Transport, ledger: Ledger): Promise<void> {
  const sink = { deliver: () => Promise.reject(new Error('not yet')) };
  const options = optionsFor([], { sink });
  await expect(listen(depsOf(log, ledger), options)).rejects.toThrow('not yet');
  expect(await ledger.inbox.undelivered()).toBe(2);
}
