import { MsgError } from '../errors.js';
import { LOOK_NOW, type AddressBook, type PeerRecord } from '../registry/port.js';
import type { MessagingDeps, SigningKey } from './deps.js';
import { signingOrder, supersededFrom } from './rotation.js';

type SigningDeps = Pick<
  MessagingDeps,
  'self' | 'signingKey' | 'formerKey' | 'freshness' | 'settling' | 'clock'
> & { readonly book: Pick<AddressBook, 'find'> };

/**
 * The key to sign with, after a look whether receivers can accept its certificate now: the directory
 * holds it for one's own name, unrevoked, the peer is active and the certificate has not expired.
 * The rest of a reader's checks cannot change between two messages; `msg register` made them.
 *
 * The chosen key signs once its certificate has been in the directory for so long that every peer
 * knows it. Until then the one before it signs, and where the choice was never made (a rotation that
 * was interrupted) the one after it.
 *
 * @throws MsgError `certificate-own` or `not-authorised`, before anything has been sealed in vain.
 */
export async function acceptedSigningKey(deps: SigningDeps): Promise<SigningKey> {
  const chosen = await deps.signingKey();
  const record = await findOwn(chosen, deps);
  if (record === undefined) {
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
  return (await keyInOrder(chosen, record, deps)) ?? refuse(chosen, record, deps);
}

/** The first key in the order of preference that is at hand and whose certificate is still valid. */
async function keyInOrder(
  chosen: SigningKey,
  record: PeerRecord,
  { formerKey, settling, clock }: SigningDeps,
): Promise<SigningKey | undefined> {
  const now = clock();
  for (const { fingerprint } of signingOrder(record, { now, settling })) {
    const isChosen = fingerprint === chosen.own.certificate.fingerprint;
    const key = isChosen ? chosen : await formerKey(fingerprint);
    if (key !== undefined && key.own.certificate.notAfter >= now) return key;
  }
  return undefined;
}

/** Says why nobody would accept what the chosen key signs. */
function refuse(
  chosen: SigningKey,
  record: PeerRecord,
  { settling, clock }: Pick<SigningDeps, 'settling' | 'clock'>,
): never {
  const version = versionOf(record, chosen);
  const isRevoked = [version, record.certificates.at(-1)].some((one) => one?.revoked !== undefined);
  if (isRevoked) {
    throw new MsgError('certificate-own', 'your certificate was revoked', {
      hint: 'enrol a new one with "msg identity create", then publish it with "msg rotate"',
    });
  }
  const ended = version && supersededFrom(record, version, settling);
  if (ended !== undefined && ended <= clock()) {
    const newest = record.certificates.length - 1;
    throw new MsgError(
      'certificate-own',
      `your certificate was replaced by version ${newest}, whose key is not in the store`,
      { hint: 'bring that key with "msg identity import", or publish another one: msg rotate' },
    );
  }
  throw new MsgError('certificate-own', 'your certificate has expired', {
    hint: 'renew it with "msg identity create", then publish it with "msg rotate"',
  });
}

/** One's own record with the signing certificate in it; a stale book is refreshed once. */
async function findOwn(
  key: SigningKey,
  { self, book, freshness }: Pick<SigningDeps, 'self' | 'book' | 'freshness'>,
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
