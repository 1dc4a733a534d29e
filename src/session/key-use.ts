import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import { signingOrder, type Rotation } from '../messaging/rotation.js';
import type { CertificateVersion, Freshness, PeerRecord } from '../registry/port.js';
import { settlingOf } from './book.js';
import type { Session } from './session.js';

/** What a key of the store is used for, as far as the directory says. Times in Unix milliseconds. */
export interface KeyUse {
  /** The newest version of one's own certificate that carries this key's; undefined for none. */
  readonly version: number | undefined;
  /** Whether it signs now. */
  readonly signs: boolean;
  /** From when on it signs, where it was chosen and the former one still does. */
  readonly signsFrom: number | undefined;
  /**
   * Until when peers may seal to it: Infinity for the newest version, undefined where the directory
   * never held it.
   */
  readonly sealedUntil: number | undefined;
}

/** The store's keys, which of them was chosen, and the directory's view of them. */
export interface KeysInUse extends Rotation {
  readonly entries: readonly KeyEntry[];
  /** The label of the chosen key. */
  readonly chosen: string | undefined;
  readonly record: PeerRecord;
  /** How old a peer's address book may be while its chain is out of reach, in milliseconds. */
  readonly maxStale: number;
}

/** What each key of the store is used for, by its label. */
export function keyUses(keys: KeysInUse): ReadonlyMap<string, KeyUse> {
  const signer = labelOfSigner(keys);
  const uses = keys.entries.map((entry): [string, KeyUse] => {
    const version = versionOf(keys.record, entry);
    const { label } = entry;
    const waits = label === keys.chosen && label !== signer && signer !== undefined;
    return [
      label,
      {
        version: version?.index,
        signs: label === signer,
        signsFrom: waits && version !== undefined ? version.publishedAt + keys.settling : undefined,
        sealedUntil: version && sealedUntil(version, keys),
      },
    ];
  });
  return new Map(uses);
}

/** The newest version of one's own certificate that carries the key's. */
function versionOf(record: PeerRecord, { certificate }: KeyEntry): CertificateVersion | undefined {
  return record.certificates.findLast(
    ({ fingerprint }) => fingerprint === certificate?.fingerprint,
  );
}

/** The same choice as for a message, but without opening a key. */
function labelOfSigner({ entries, record, now, settling }: KeysInUse): string | undefined {
  const usable = entries.filter(
    (entry) => keyStatus(entry) === 'active' && (entry.certificate?.notAfter ?? 0) >= now,
  );
  for (const { fingerprint } of signingOrder(record, { now, settling })) {
    const entry = usable.find(({ certificate }) => certificate?.fingerprint === fingerprint);
    if (entry !== undefined) return entry.label;
  }
  return undefined;
}

/** Peers stop at the latest when the address book that they may still go by has become too old. */
function sealedUntil(
  version: CertificateVersion,
  { record, settling, maxStale }: KeysInUse,
): number {
  const next = record.certificates[version.index + 1];
  const ends = [next?.publishedAt, version.revoked?.at].filter((time) => time !== undefined);
  return Math.min(Infinity, ...ends) + settling + maxStale;
}

/**
 * What each key of a profile's store is used for.
 *
 * @returns undefined where the directory does not know one's own name.
 * @throws MsgError `config` for a profile without a directory, and as {@link AddressBook} does.
 */
export async function keyUsesOf(
  session: Session,
  { freshness, now }: { readonly freshness: Freshness; readonly now: number },
): Promise<ReadonlyMap<string, KeyUse> | undefined> {
  const { settings } = session;
  const record = await session.book().find(session.self, freshness);
  if (record === undefined) return undefined;
  const store = new KeyStore(settings.keys.value);
  return keyUses({
    ...{ entries: store.list(), chosen: store.current()?.label, record, now },
    ...{ settling: settlingOf(settings), maxStale: settings['book.max-stale'].value },
  });
}
