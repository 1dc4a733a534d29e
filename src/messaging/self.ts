import { MsgError } from '../errors.js';
import { LOOK_NOW, type PeerRecord } from '../registry/port.js';
import type { MessagingDeps, SigningKey } from './deps.js';

/**
 * The key to sign with, after a look whether receivers can accept its certificate now: the directory
 * holds it for one's own name, unrevoked, the peer is active and the certificate has not expired.
 * The rest of a reader's checks cannot change between two messages; `msg register` made them.
 *
 * @throws MsgError `certificate-own` or `not-authorised`, before anything has been sealed in vain.
 */
export async function acceptedSigningKey(
  deps: Pick<MessagingDeps, 'self' | 'signingKey' | 'book' | 'freshness' | 'clock'>,
): Promise<SigningKey> {
  const key = await deps.signingKey();
  const record = await findOwn(key, deps);
  const version = record && versionOf(record, key);
  if (record === undefined || version === undefined) {
    throw new MsgError(
      'certificate-own',
      `the directory does not hold your certificate for ${deps.self}`,
      {
        hint: 'publish it with "msg register", or choose the registered key with "msg identity use"',
      },
    );
  }
  if (record.status !== 'active') {
    throw new MsgError('not-authorised', `${deps.self} is ${record.status} in the directory`, {
      hint: 'ask the registrar',
    });
  }
  if (version.revoked !== undefined) {
    throw new MsgError('certificate-own', 'your certificate was revoked', {
      hint: 'enrol a new one with "msg identity create", then publish it with "msg rotate"',
    });
  }
  if (key.own.certificate.notAfter < deps.clock()) {
    throw new MsgError('certificate-own', 'your certificate has expired', {
      hint: 'renew it with "msg identity create", then publish it with "msg rotate"',
    });
  }
  return key;
}

/** One's own record with the signing certificate in it; a stale book is refreshed once. */
async function findOwn(
  key: SigningKey,
  { self, book, freshness }: Pick<MessagingDeps, 'self' | 'book' | 'freshness'>,
): Promise<PeerRecord | undefined> {
  for (const wanted of [freshness, LOOK_NOW]) {
    const record = await book.find(self, wanted);
    if (record !== undefined && versionOf(record, key) !== undefined) return record;
  }
  return undefined;
}

function versionOf(record: PeerRecord, { own }: SigningKey) {
  return record.certificates.findLast(
    ({ fingerprint }) => fingerprint === own.certificate.fingerprint,
  );
}
