import { beforeAll, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import type { Header } from '../../src/envelope/header.js';
import { CLOCK_SKEW } from '../../src/messaging/clock-skew.js';
import { inspectRecord, type InspectDeps } from '../../src/messaging/inspect.js';
import { SUPERSESSION_GRACE } from '../../src/messaging/rotation.js';
import type { CertificateJudge } from '../../src/messaging/verify-peer.js';
import type { AddressBook, Freshness } from '../../src/registry/port.js';
import {
  FILE_LIMITS,
  judgeWith,
  recordOf,
  ScriptedBook,
  temporaryLedger,
  versionOf,
  pathThat,
} from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT, sealFor } from '../support/sealed.js';

let alice: TestPeer;
let bob: TestPeer;

beforeAll(async () => {
  [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
});

const FRESHNESS: Freshness = { maxAge: 60_000, maxStale: 86_400_000 };
const SETTLING = 60_000;

interface Case {
  readonly sealed?: Uint8Array;
  readonly fields?: Partial<Header>;
  readonly book?: AddressBook;
  readonly judge?: Partial<CertificateJudge>;
  readonly appendedAt?: number;
  readonly keys?: InspectDeps['openingKeys'];
  readonly now?: number;
  readonly receivedAt?: number;
}

/** Why a message is refused whose sender has proven its name. */
const PROVEN: ReadonlySet<string> = new Set(['from-the-future']);

/** Why bob refuses a message of alice; undefined when he takes it. */
async function refusalOf(one: Case = {}): Promise<string | undefined> {
  const payload = Buffer.from('hello');
  const sealed = one.sealed ?? (await sealFor(alice, [bob], payload, { fields: one.fields ?? {} }));
  const partition = { clusterId: 'c', topic: 'msg.in.bob', topicId: undefined, partition: 0 };
  const { record, opened } = await inspectRecord(
    {
      ...{ topic: 'msg.in.bob', partition: 0, offset: 7n, appendedAt: one.appendedAt ?? MOMENT },
      ...{ key: 'alice', value: sealed, headers: { 'msg-from': 'eve', 'msg-id': 'none' } },
    },
    partition,
    {
      self: parsePeerName('bob'),
      book: one.book ?? ScriptedBook.of(recordOf(alice)),
      freshness: FRESHNESS,
      settling: SETTLING,
      fileLimits: FILE_LIMITS,
      ledger: temporaryLedger(),
      judge: judgeWith(one.judge),
      clock: () => one.now ?? MOMENT,
      openingKeys: one.keys ?? (() => Promise.resolve([bob])),
      largestSealed: 1_000_000,
    },
    one.receivedAt,
  );
  if (record.outcome === 'receipt') expect.fail('nobody sent a receipt');
  if (record.outcome === 'message') {
    expect(record.message).toMatchObject({ sender: 'alice', sealed });
    return undefined;
  }
  expect(opened).toBeUndefined();
  if (record.outcome !== 'refused') return expect.fail(`it is taken as ${record.outcome}`);
  const { reason } = record.refused;
  // Whose sender has not proven its name is called what the record's own headers call it.
  const isProven = PROVEN.has(reason);
  const claimed = isProven ? { claimedSender: 'alice', proven: true } : { claimedSender: 'eve' };
  expect(record.refused).toMatchObject({ ...claimed, sealed });
  expect(record.refused.claimedId === 'none').toBe(!isProven);
  expect(record.naming?.sender).toBe(isProven ? 'alice' : undefined);
  return reason;
}

describe('a record', () => {
  it('is taken when its sender may speak and means us', async () => {
    expect(await refusalOf()).toBeUndefined();
  });

  it('whose header names another peer with our certificate is refused', async () => {
    const to = [{ peer: parsePeerName('carol'), cert: bob.certificate.fingerprint }];
    expect(await refusalOf({ fields: { to } })).toBe('not-addressed');
  });

  it('may have been sealed by a clock a little ahead, not by one far ahead', async () => {
    expect(await refusalOf({ fields: { sent: MOMENT + CLOCK_SKEW } })).toBeUndefined();
    const sent = MOMENT + CLOCK_SKEW + 1;
    expect(await refusalOf({ fields: { sent } })).toBe('from-the-future');
  });
});

describe('a record for a certificate that is new', () => {
  it('is opened with a key that came into the store a moment ago', async () => {
    const keys: Case['keys'] = ({ look } = { look: false }) =>
      Promise.resolve(look ? [alice, bob] : [alice]);
    expect(await refusalOf({ keys })).toBeUndefined();
  });

  it('is refused once the store was looked at in vain', async () => {
    const looks: boolean[] = [];
    const keys: Case['keys'] = ({ look } = { look: false }) => {
      looks.push(look);
      return Promise.resolve([alice]);
    };
    expect(await refusalOf({ keys })).toBe('not-for-us');
    expect(looks).toEqual([false, true]);
  });
});

describe('the sender of a record', () => {
  it('has to be in the directory with the certificate that signed', async () => {
    const other = await makePeer('alice');
    const book = ScriptedBook.of(recordOf(other));
    expect(await refusalOf({ book })).toBe('signer');
    expect(await refusalOf({ book: ScriptedBook.of() })).toBe('signer');
  });

  it.each(['suspended', 'removed'] as const)('that is %s is refused', async (status) => {
    const book = ScriptedBook.of(recordOf(alice, { status }));
    expect(await refusalOf({ book })).toBe('sender-status');
  });

  it('whose certificate was revoked on the chain is refused', async () => {
    const revoked = { reason: 1, at: MOMENT };
    const certificates = [versionOf(alice, { revoked })];
    const book = ScriptedBook.of(recordOf(alice, { certificates }));
    expect(await refusalOf({ book })).toBe('sender-version');
  });

  it('may use a certificate for a while after it published the next one', async () => {
    const next = await makePeer('alice');
    const publishedAt = MOMENT - SETTLING - SUPERSESSION_GRACE;
    const book = ScriptedBook.of(
      recordOf(alice, {
        certificates: [versionOf(alice), versionOf(next, { index: 1, publishedAt })],
      }),
    );
    expect(await refusalOf({ book, appendedAt: MOMENT - 1 })).toBeUndefined();
    expect(await refusalOf({ book, appendedAt: MOMENT })).toBe('superseded');
  });

  it('is judged as of the time when the log took the record, never a later one than now', async () => {
    const times: number[] = [];
    const judge: Partial<CertificateJudge> = {
      path({ at }) {
        times.push(at);
        return pathThat({ passed: false, detail: 'no' });
      },
    };
    const past = { judge, appendedAt: MOMENT, now: MOMENT + 5_000 };
    expect(await refusalOf(past)).toBe('sender-path');
    const ahead = { judge, appendedAt: MOMENT + 5_000, now: MOMENT };
    expect(await refusalOf(ahead)).toBe('sender-path');
    expect(times).toEqual([MOMENT, MOMENT]);
  });
});

describe('what the address book does not hold yet', () => {
  it.each([
    ['a certificate', undefined],
    ['the end of a suspension', 'suspended'],
  ] as const)(
    'is looked up on the chain before a message is refused: %s',
    async (_what, status) => {
      const old = status === undefined ? undefined : recordOf(alice, { status });
      const book = new ScriptedBook((_name, _freshness, looks) =>
        looks.length > 0 ? recordOf(alice) : old,
      );
      expect(await refusalOf({ book })).toBeUndefined();
      expect(book.looks).toEqual([MOMENT]);
    },
  );

  it('is looked up also where the log took the signature long after the version was replaced', async () => {
    const other = await makePeer('alice');
    const replaced = [
      versionOf(alice),
      versionOf(other, { index: 1, publishedAt: MOMENT - 86_400_000 }),
    ];
    const again = versionOf(alice, { index: 2, publishedAt: MOMENT - 1 });
    const book = new ScriptedBook((_name, _freshness, looks) =>
      recordOf(alice, { certificates: looks.length > 0 ? [...replaced, again] : replaced }),
    );
    expect(await refusalOf({ book })).toBeUndefined();
  });

  it('is looked up once more where our node may be behind the one of the sender', async () => {
    const book = new ScriptedBook((_name, _freshness, looks) =>
      looks.length > 1 ? recordOf(alice) : undefined,
    );
    expect(await refusalOf({ book })).toBeUndefined();
    expect(book.looks).toEqual([MOMENT, MOMENT + 3_000]);
  });

  it('makes the message wait while the chain cannot be asked', async () => {
    const book = ScriptedBook.of();
    book.lookSince = () => Promise.reject(new MsgError('chain-unreachable', 'no answer'));
    await expect(refusalOf({ book })).rejects.toMatchObject({ retryable: true });
  });

  it('makes the message wait while nobody can tell whether its certificate was revoked', async () => {
    const unclear = { passed: false, detail: 'no list', transient: true } as const;
    const judge: Partial<CertificateJudge> = { path: () => pathThat(unclear) };
    await expect(refusalOf({ judge })).rejects.toMatchObject({
      ...{ code: 'revocation-unknown', retryable: true },
    });
  });

  it('is settled by a view that is younger than the record: one look serves all older ones', async () => {
    const book = ScriptedBook.of();
    expect(await refusalOf({ book, now: MOMENT + 3_600_000 })).toBe('signer');
    expect(book.looks).toEqual([MOMENT + 60_000, MOMENT + 60_000]);
  });

  it('is settled for all records that came together by the same looks', async () => {
    const book = ScriptedBook.of();
    const receivedAt = MOMENT - 100;
    for (const now of [MOMENT, MOMENT + 5_000]) {
      expect(await refusalOf({ book, now, receivedAt })).toBe('signer');
    }
    expect(new Set(book.looks)).toEqual(new Set([receivedAt, receivedAt + 3_000]));
  });

  it('costs no second look where the refusal cannot change any more', async () => {
    const book = ScriptedBook.of(recordOf(alice));
    const judge = { name: () => ({ passed: false, detail: 'no' }) };
    expect(await refusalOf({ book, judge })).toBe('sender-name');
    expect(book.asked).toHaveLength(1);
  });
});
