import { MsgError } from '../errors.js';
import type { ArrangedChain } from '../identity/certificate-chain.js';
import { publicKeyOf } from '../identity/entry-key.js';
import { readMaterial } from '../identity/import.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import type { SoftwareKey } from '../identity/software-key.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import type { Certificate } from '../x509/certificate.js';
import { replaceCertificate } from './identity-replace.js';
import { readInputs } from './input-files.js';
import { existingSecret, passphraseForNewKey, secretFlagOrNone } from './passphrases.js';

/** What `msg identity import` was asked to take in. */
export interface IdentityImportOptions {
  readonly files: readonly string[];
  /** The entry: a new one's name, or the one that a certificate belongs to. */
  readonly label?: string | undefined;
  /** Where the passphrase of the files is. */
  readonly passphrase?: string | undefined;
  /** Whether the certificate may take the place of another one of the same key. */
  readonly replace?: boolean | undefined;
}

/**
 * Takes in a private key, a certificate or both. A key becomes a new entry; a certificate on its own
 * goes to the key it was issued for, and with `replace` in the place of a wrong one that nobody knows.
 * Doing it twice changes nothing the second time, but for issuers that were missing the first time.
 */
export async function run(options: IdentityImportOptions, context: Context): Promise<void> {
  const reference = secretFlagOrNone(options.passphrase, '--passphrase');
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const question = { what: 'the passphrase of the file to import', flag: '--passphrase' };
  const { key, certificates } = await readMaterial(await readInputs(options.files, context), () =>
    reference === 'none'
      ? Promise.resolve(undefined)
      : existingSecret(reference, question, context),
  );
  const entry =
    key === undefined
      ? ownerOf(certificates, store, options.label)
      : (knownEntry(key, store, options.label) ??
        (await addKey(store, key, options.label, context)));
  const done =
    certificates === undefined
      ? entry
      : await attach({ store, entry, wanted: options.replace === true }, certificates, context);
  await print(done, store, context);
}

function addKey(
  store: KeyStore,
  key: SoftwareKey,
  label: string | undefined,
  context: Context,
): Promise<KeyEntry> {
  return passphraseForNewKey(store, context).then((passphrase) =>
    store.add({
      ...{ key, passphrase, random: context.random },
      ...(label === undefined ? {} : { label }),
    }),
  );
}

function knownEntry(
  { spki }: SoftwareKey,
  store: KeyStore,
  label: string | undefined,
): KeyEntry | undefined {
  const entry = entryOf(spki, store);
  if (entry === undefined || label === undefined || label === entry.label) return entry;
  throw new MsgError('file-exists', `the key is in the store already, as ${entry.label}`, {
    hint: 'leave out --label, or give that one',
  });
}

function ownerOf(
  certificates: ArrangedChain | undefined,
  store: KeyStore,
  label: string | undefined,
): KeyEntry {
  if (certificates === undefined) throw new MsgError('bug', 'an import of nothing');
  if (label !== undefined) return store.find(label);
  const owner = entryOf(certificates.certificate.spki, store);
  if (owner !== undefined) return owner;
  throw new MsgError('certificate-own', `no key in ${store.directory} is for the certificate`, {
    hint: 'import its private key with it, or choose the profile whose key was certified',
  });
}

function entryOf(spki: Uint8Array, store: KeyStore): KeyEntry | undefined {
  return store.list().find((entry) => publicKeyOf(entry)?.equals(spki) === true);
}

async function attach(
  {
    store,
    entry,
    wanted,
  }: { readonly store: KeyStore; readonly entry: KeyEntry; readonly wanted: boolean },
  { certificate, chain, unrelated }: ArrangedChain,
  context: Context,
): Promise<KeyEntry> {
  const { report, clock } = context;
  if (unrelated.length > 0) {
    report.warn(`${unrelated.length} of the certificates do not lead to the key and were left out`);
  }
  if (certificate.notAfter < clock()) {
    report.warn(`the certificate expired at ${new Date(certificate.notAfter).toISOString()}`);
  }
  if (entry.certificate?.fingerprint === certificate.fingerprint) {
    if (chain.length === 0 || isSame(chain, entry.chain)) {
      report.note(`the key ${entry.label} has this certificate already`);
      return entry;
    }
    report.note(`the key ${entry.label} has this certificate already; its issuers are new`);
    return store.setIssuers(entry.label, chain);
  }
  const { certificate: former } = entry;
  if (former === undefined) return store.attach(entry.label, certificate, chain);
  const place = { store, entry, former };
  return replaceCertificate(place, { certificate, chain }, { wanted, context });
}

function isSame(one: readonly Certificate[], other: readonly Certificate[]): boolean {
  const fingerprints = (chain: readonly Certificate[]): string =>
    chain.map(({ fingerprint }) => fingerprint).join();
  return fingerprints(one) === fingerprints(other);
}

async function print(entry: KeyEntry, store: KeyStore, context: Context): Promise<void> {
  const { label, certificate } = entry;
  const status = keyStatus(entry);
  const current = store.current()?.label === label;
  const shown = { label, status, current, fingerprint: certificate?.fingerprint };
  await context.io.stdout.write(`${context.json ? JSON.stringify(shown) : label}\n`);
  if (status === 'pending') {
    context.report.note(`the key has no certificate yet: msg identity csr ${label}`);
  } else if (status === 'active' && !current) {
    context.report.note(
      `another key signs; to publish this one as the next: msg rotate --label ${label}`,
    );
  }
}
