import { beforeAll, describe, expect, it } from 'vitest';
import {
  PEER_CHECKS,
  peerRefused,
  verifyPeer,
  type CertificateJudge,
  type PeerQuestion,
} from '../../src/messaging/verify-peer.js';
import { PATH_STAGES, type PathStage } from '../../src/trust/verdict.js';
import { judgeWith, pathThat, recordOf, versionOf } from '../support/messaging.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { MOMENT } from '../support/sealed.js';

let alice: TestPeer;

beforeAll(async () => {
  alice = await makePeer('alice');
});

const no = { passed: false, detail: 'no' };
const noPath = () => pathThat(no);
const revoked = { reason: 1, at: MOMENT };

/** A judge's path that fails at a question, having passed those before. */
const failing = (stage: PathStage) => async () => {
  const steps = await pathThat({ passed: true, detail: 'fine' });
  const before = steps.slice(0, PATH_STAGES.indexOf(stage));
  return [...before, { check: stage, ...no }];
};

/** The checks made, in order, and which of them failed. */
async function verdictOn(
  question: Partial<PeerQuestion> = {},
  judge: Partial<CertificateJudge> = {},
): Promise<{ checks: string[]; failed: string | undefined }> {
  const asked = { record: recordOf(alice), at: MOMENT, ...question };
  const verdict = await verifyPeer(asked, judgeWith(judge));
  const checks = verdict.steps.map(({ check }) => check);
  return { checks, failed: verdict.trusted ? undefined : verdict.failed.check };
}

describe('the checks of a peer', () => {
  it('are made in the documented order', async () => {
    expect(await verdictOn()).toEqual({ checks: [...PEER_CHECKS], failed: undefined });
  });

  it.each([
    ['status', () => verdictOn({ record: recordOf(alice, { status: 'suspended' }) })],
    ['status', () => verdictOn({ record: recordOf(alice, { status: 'removed' }) })],
    ['version', () => verdictOn({ record: recordOf(alice, { certificates: [] }) })],
    ['version', () => verdictOn({ version: versionOf(alice, { revoked }) })],
    ['pin', () => verdictOn({ version: versionOf(alice, { leaf: Buffer.from('none') }) })],
    ['pin', () => verdictOn({ version: versionOf(alice, { fingerprint: otherFingerprint() }) })],
    ['path', () => verdictOn({}, { path: noPath })],
    ['validity', () => verdictOn({}, { path: failing('validity') })],
    ['revocation', () => verdictOn({}, { path: failing('revocation') })],
    ['name', () => verdictOn({}, { name: () => no })],
    ['proof', () => verdictOn({}, { proof: () => no })],
  ])('stop at the first that fails: %s', async (check, judged) => {
    const expected = PEER_CHECKS.slice(0, PEER_CHECKS.findIndex((one) => one === check) + 1);
    expect(await judged()).toEqual({ checks: expected, failed: check });
  });

  it('stop at the first failure of several', async () => {
    const record = recordOf(alice, { status: 'suspended', certificates: [] });
    expect((await verdictOn({ record }, { path: noPath })).failed).toBe('status');
  });

  it('take the newest version where none is asked for', async () => {
    const certificates = [versionOf(alice), versionOf(alice, { index: 1, revoked })];
    const record = recordOf(alice, { certificates });
    expect((await verdictOn({ record })).failed).toBe('version');
    expect((await verdictOn({ record, version: versionOf(alice) })).failed).toBeUndefined();
  });

  it('judge the path as of the time in question, with the issuers that were published', async () => {
    const seen: unknown[] = [];
    await verdictOn({ at: 17 }, { path: (input) => (seen.push(input), noPath()) });
    expect(seen).toEqual([
      expect.objectContaining({ at: 17, peer: 'alice', chain: alice.chain.map(({ der }) => der) }),
    ]);
  });
});

describe('the error for a peer that is not trusted', () => {
  it.each([
    ['status', 'peer-inactive'],
    ['version', 'peer-certificate'],
    ['pin', 'peer-untrusted'],
    ['path', 'peer-untrusted'],
    ['validity', 'peer-untrusted'],
    ['revocation', 'peer-untrusted'],
    ['name', 'peer-untrusted'],
    ['proof', 'peer-untrusted'],
  ] as const)('of the check %s has the code %s and exit code 3', (check, code) => {
    const error = peerRefused(recordOf(alice).name, { check, passed: false, detail: 'why' });
    expect(error).toMatchObject({ code, exitCode: 3, message: 'peer alice is not trusted: why' });
    expect(error.hint).toContain('msg peer verify alice');
  });

  it('yet can tell so later invites to try again', () => {
    const step = { check: 'revocation', passed: false, detail: 'why', transient: true } as const;
    const error = peerRefused(recordOf(alice).name, step);
    expect(error).toMatchObject({ code: 'revocation-unknown', exitCode: 75, retryable: true });
  });
});

function otherFingerprint() {
  return versionOf(alice).fingerprint.replace(/^../, (two) =>
    two === '00' ? '01' : '00',
  ) as never;
}
