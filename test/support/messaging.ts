import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PeerName } from '../../src/domain/peer-name.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { openLedger } from '../../src/ledger/open.js';
import type { Ledger } from '../../src/ledger/port.js';
import type { FileLimits } from '../../src/messaging/deps.js';
import { Spool } from '../../src/spool/spool.js';
import type { CertificateJudge, CheckOutcome, PathStep } from '../../src/messaging/verify-peer.js';
import { parseAddress } from '../../src/registry/address.js';
import type {
  AddressBook,
  CertificateVersion,
  DirectoryHead,
  Freshness,
  PeerRecord,
} from '../../src/registry/port.js';
import { PATH_STAGES } from '../../src/trust/verdict.js';
import { parseCertificate } from '../../src/x509/parse.js';
import type { TestPeer } from './pki.js';
import { MOMENT } from './sealed.js';
import { temporaryDirectory } from './temporary-directory.js';

/** A real ledger that is gone after the test. */
export function temporaryLedger(clock: () => number = () => MOMENT): Ledger {
  const path = join(temporaryDirectory(), 'ledger.db');
  const ledger = openLedger({ path, clock, random: randomBytes });
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Room enough for every file of a test. */
export const FILE_LIMITS: FileLimits = {
  largest: 1_000_000_000,
  pending: { files: 8, bytes: 2_000_000_000 },
  patience: 86_400_000,
  ...{ resendAfter: 86_400_000, keepFor: 7 * 86_400_000 },
};

/** A spool whose directory is gone after the test. */
export function temporarySpool(): Spool {
  return new Spool(join(temporaryDirectory(), 'spool'));
}

const OWNER = parseAddress(`0x${'11'.repeat(20)}`);

/** A version of a peer's certificate, published a day before the moment of the tests. */
export function versionOf(
  { certificate, chain }: TestPeer,
  changes: Partial<CertificateVersion> = {},
): CertificateVersion {
  return {
    ...{ index: 0, fingerprint: certificate.fingerprint, leaf: certificate.der, owner: OWNER },
    chain: chain.map(({ der }) => der),
    ...{ proof: Buffer.of(1), publishedAt: MOMENT - 86_400_000, revoked: undefined },
    ...changes,
  };
}

/** A peer's record with these versions, or with its one certificate. */
export function recordOf(peer: TestPeer, changes: Partial<PeerRecord> = {}): PeerRecord {
  return {
    name: parsePeerName(peer.name),
    ...{ owner: OWNER, operator: undefined, guardian: undefined, status: 'active', pending: {} },
    ...{ profile: {}, certificates: [versionOf(peer)], seq: 1n, block: 1n },
    ...changes,
  };
}

/** Finds a record; `looks` are the looks at the chain so far. */
type Answer = (
  name: PeerName,
  freshness: Freshness,
  looks: readonly number[],
) => PeerRecord | undefined;

/** An address book in memory: what is asked of it, it answers by the freshness wanted. */
export class ScriptedBook implements AddressBook {
  readonly asked: { readonly name: PeerName; readonly freshness: Freshness }[] = [];
  /** The moments since when a look at the chain was asked for. */
  readonly looks: number[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** One that knows these records, however fresh they have to be. */
  static of(...records: readonly PeerRecord[]): ScriptedBook {
    return new ScriptedBook((name) => records.find((record) => record.name === name));
  }

  find(name: PeerName, freshness: Freshness): Promise<PeerRecord | undefined> {
    this.asked.push({ name, freshness });
    return new Promise((resolve) => {
      resolve(this.#answer(name, freshness, this.looks));
    });
  }

  lookSince(moment: number): Promise<void> {
    this.looks.push(moment);
    return Promise.resolve();
  }

  list(): never {
    throw new Error('the core does not list');
  }

  findByCertificate(): never {
    throw new Error('the core does not look for certificates');
  }

  head(): Promise<DirectoryHead> {
    return Promise.resolve({
      ...{ chainId: 1n, address: OWNER, seq: 7n, head: `0x${'ab'.repeat(32)}`, block: 9n },
      ...{ blockHash: `0x${'cd'.repeat(32)}`, frozen: false, successor: undefined },
      ...{ blockTime: MOMENT, checkedAt: MOMENT },
    });
  }

  close(): void {
    // Nothing is open.
  }
}

/** What a judge says of a path: every question to it has the outcome, or the first has failed. */
export function pathThat({ reliedOn, ...outcome }: CheckOutcome): Promise<readonly PathStep[]> {
  const steps = PATH_STAGES.map((check): PathStep => {
    if (check !== 'revocation' || reliedOn === undefined) return { check, ...outcome };
    return { check, ...outcome, reliedOn };
  });
  return Promise.resolve(outcome.passed ? steps : steps.slice(0, 1));
}

/** A judge that finds everything in order, but for what a test decides. */
export function judgeWith(changes: Partial<CertificateJudge> = {}): CertificateJudge {
  const fine = { passed: true, detail: 'fine' };
  return {
    parse: parseCertificate,
    path: () => pathThat(fine),
    name: () => fine,
    proof: () => fine,
    ...changes,
  };
}
