import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { SigningKey } from '../../src/messaging/deps.js';
import {
  isSettled,
  signingOrder,
  SUPERSESSION_GRACE,
  supersededFrom,
} from '../../src/messaging/rotation.js';
import { acceptedSigningKey } from '../../src/messaging/self.js';
import type { PeerRecord } from '../../src/registry/port.js';
import { recordOf, ScriptedBook, versionOf } from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT } from '../support/sealed.js';

const SETTLING = 60_000;
const MINUTE = 60_000;

let keys: TestPeer[];

beforeAll(async () => {
  keys = await Promise.all([0, 1, 2, 3].map(() => makePeer('alice')));
});

/** A version of one of alice's keys, published so many milliseconds before the moment. */
interface Published {
  readonly ago: number;
  readonly isRevoked?: boolean;
}

function recordWith(...published: readonly Published[]): PeerRecord {
  const certificates = published.map(({ ago, isRevoked = false }, index) =>
    versionOf(keyOf(index), {
      ...{ index, publishedAt: MOMENT - ago },
      revoked: isRevoked ? { reason: 1, at: MOMENT - 1 } : undefined,
    }),
  );
  return recordOf(keyOf(0), { certificates });
}

function keyOf(index: number): TestPeer {
  return keys[index % keys.length] as TestPeer;
}

describe('the version that signs', () => {
  const order = (...published: readonly Published[]): readonly number[] =>
    signingOrder(recordWith(...published), { now: MOMENT, settling: SETTLING }).map(
      ({ index }) => index,
    );

  it('is the newest one that every peer knows by now', () => {
    expect(order({ ago: 9 * MINUTE }, { ago: SETTLING }, { ago: 1 })).toEqual([1, 0, 2]);
  });

  it('is the first one, while nothing is known to everybody', () => {
    expect(order({ ago: 3 }, { ago: 2 }, { ago: 1 })).toEqual([0, 1, 2]);
  });

  it('is none that was revoked, nor one whose replacement is old', () => {
    const old = SETTLING + SUPERSESSION_GRACE;
    expect(order({ ago: 99 * MINUTE }, { ago: old }, { ago: 1 })).toEqual([1, 2]);
  });

  it('is none from before one that was revoked', () => {
    expect(order({ ago: 9 * MINUTE }, { ago: 8 * MINUTE, isRevoked: true }, { ago: 1 })).toEqual([
      2,
    ]);
  });

  it('is always one that a receiver takes, and the newest known one of these', () => {
    const times = fc.array(fc.integer({ min: 0, max: 30 * MINUTE }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(times, (agos) => {
        const published = [...agos].sort((a, b) => b - a).map((ago) => ({ ago }));
        const record = recordWith(...published);
        const now = { now: MOMENT, settling: SETTLING };
        const ordered = signingOrder(record, now);
        const ends = ordered.map((one) => supersededFrom(record, one, SETTLING) ?? Infinity);
        expect(ends.every((end) => end > MOMENT)).toBe(true);
        expect(ordered.length).toBeGreaterThan(0);
        const newest = record.certificates.filter((one) => isSettled(one, now)).at(-1);
        if (newest !== undefined) expect(ordered[0]).toBe(newest);
      }),
    );
  });
});

describe('the key to sign with', () => {
  const signing = (key: TestPeer): SigningKey => ({ own: key, chain: key.chain });

  /** Which key signs when the last of the record's keys was chosen; all are at hand unless said. */
  const signer = async (
    record: PeerRecord,
    { chosen = record.certificates.length - 1, atHand = keys } = {},
  ): Promise<number> => {
    const key = await acceptedSigningKey({
      self: parsePeerName('alice'),
      signingKey: () => Promise.resolve(signing(keyOf(chosen))),
      formerKey: (certificate) => {
        const found = atHand.find((one) => one.certificate.fingerprint === certificate);
        return Promise.resolve(found === undefined ? undefined : signing(found));
      },
      book: ScriptedBook.of(record),
      freshness: { maxAge: SETTLING, maxStale: SETTLING },
      ...{ settling: SETTLING, clock: () => MOMENT },
    });
    return keys.findIndex(
      ({ certificate }) => certificate.fingerprint === key.own.certificate.fingerprint,
    );
  };

  it('stays the former one until everybody knows the new one', async () => {
    expect(await signer(recordWith({ ago: 60 * MINUTE }, { ago: SETTLING - 1 }))).toBe(0);
    expect(await signer(recordWith({ ago: 60 * MINUTE }, { ago: SETTLING }))).toBe(1);
  });

  it('is the new one at once where the former one is not at hand, or retired', async () => {
    const record = recordWith({ ago: 60 * MINUTE }, { ago: 1 });
    expect(await signer(record, { atHand: [] })).toBe(1);
  });

  it('is the new one at once where the former one was revoked or has expired', async () => {
    expect(await signer(recordWith({ ago: 60 * MINUTE, isRevoked: true }, { ago: 1 }))).toBe(1);
    const expired = await makePeer('alice', 'p256', {
      ...{ notBefore: MOMENT - 2 * MINUTE, notAfter: MOMENT - MINUTE },
    });
    const certificates = [
      versionOf(expired),
      versionOf(keyOf(1), { index: 1, publishedAt: MOMENT - 1 }),
    ];
    const record = recordOf(expired, { certificates });
    expect(await signer(record, { atHand: [expired] })).toBe(1);
  });

  it('follows the directory where a rotation was interrupted before the choice', async () => {
    const record = recordWith({ ago: 60 * MINUTE }, { ago: 5 * MINUTE });
    expect(await signer(record, { chosen: 0 })).toBe(1);
  });

  it('is still the chosen one, for a while, where the key that replaced it is elsewhere', async () => {
    const record = recordWith({ ago: 60 * MINUTE }, { ago: 5 * MINUTE });
    expect(await signer(record, { chosen: 0, atHand: [] })).toBe(0);
    const later = recordWith({ ago: 60 * MINUTE }, { ago: SETTLING + SUPERSESSION_GRACE });
    await expect(signer(later, { chosen: 0, atHand: [] })).rejects.toMatchObject({
      code: 'certificate-own',
      message: expect.stringContaining('replaced by version 1') as string,
    });
  });

  it('is never an older one than a newest that was revoked', async () => {
    const record = recordWith({ ago: 60 * MINUTE }, { ago: 1, isRevoked: true });
    for (const chosen of [0, 1]) {
      await expect(signer(record, { chosen })).rejects.toMatchObject({
        code: 'certificate-own',
        message: 'your certificate was revoked',
      });
    }
  });
});
