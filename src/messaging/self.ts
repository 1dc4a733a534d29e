import { MsgError } from '../errors.js';
import type { PeerRecord } from '../registry/port.js';
import type { MessagingDeps, SigningKey } from './deps.js';
import { verifyPeer, type PeerStep } from './verify-peer.js';

/**
 * The key to sign with, after a look whether receivers will accept its certificate: the directory
 * holds it for one's own name, unrevoked, and it passes every check that a reader makes.
 *
 * @throws MsgError `certificate-own` or `not-authorised`, before anything has been sealed in vain.
 */
export async function acceptedSigningKey(
  deps: Pick<MessagingDeps, 'self' | 'signingKey' | 'book' | 'freshness' | 'judge' | 'clock'>,
): Promise<SigningKey> {
  const { self, judge } = deps;
  const key = await deps.signingKey();
  const record = await findOwn(key, deps);
  if (record === undefined) {
    throw new MsgError(
      'certificate-own',
      `the directory does not hold your certificate for ${self}`,
      {
        hint: 'publish it with "msg register", or choose the registered key with "msg identity use"',
      },
    );
  }
  const version = versionOf(record, key);
  const question = { record, at: deps.clock(), ...(version === undefined ? {} : { version }) };
  const verdict = verifyPeer(question, judge);
  if (!verdict.trusted) throw ownRefused(deps.self, verdict.failed);
  return key;
}

/** One's own record with the signing certificate in it; a stale book is refreshed once. */
async function findOwn(
  key: SigningKey,
  { self, book, freshness }: Pick<MessagingDeps, 'self' | 'book' | 'freshness'>,
): Promise<PeerRecord | undefined> {
  for (const maxAge of [freshness.maxAge, 0]) {
    const record = await book.find(self, { ...freshness, maxAge });
    if (record !== undefined && versionOf(record, key) !== undefined) return record;
  }
  return undefined;
}

function versionOf(record: PeerRecord, { own }: SigningKey) {
  return record.certificates.find(({ fingerprint }) => fingerprint === own.certificate.fingerprint);
}

function ownRefused(self: string, step: PeerStep): MsgError {
  const code = step.check === 'status' ? 'not-authorised' : 'certificate-own';
  return new MsgError(code, `receivers will not accept ${self}: ${step.detail}`, {
    hint: `see every check with "msg peer verify ${self}"`,
  });
}
