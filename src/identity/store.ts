import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, RandomSource } from '../domain/environment.js';
import { writePem } from '../asn1/pem.js';
import { MsgError } from '../errors.js';
import type { Certificate } from '../x509/certificate.js';
import { certificateToPem } from '../x509/pem.js';
import { removeAbandoned } from './abandoned.js';
import { loadKeyOf } from './entry-key.js';
import { FILES, formerFile, keyStatus, readEntry, type KeyEntry } from './key-entry.js';
import { writeKeyFile } from './key-file.js';
import type { OwnKey } from './own-key.js';
import { errnoOf, readPublic, syncDirectory, writeWhole } from './private-file.js';
import { completeChange } from './passphrase-change.js';
import type { PassphraseSource } from './private-key.js';
import { badLabel, requireFor, withoutCertificate } from './refused-entry.js';
import type { SoftwareKey } from './software-key.js';

const LABEL = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** An entry that is not whole yet. */
const UNFINISHED = /^\.[a-z0-9][a-z0-9._-]*\.[0-9a-f]{12}$/;

/** The file that names the entry which signs. */
const CURRENT = 'current';

/** What to do about a key that cannot sign. */
const HINTS = {
  pending: 'give it its certificate first with "msg identity import"',
  retired: 'what is retired stays so: make a new key with "msg identity create"',
} as const;

/** A new key for the store. */
export interface PendingKey {
  readonly key: SoftwareKey;
  /** The entry's name; by default the first 12 digits of the public key's SHA-256. */
  readonly label?: string;
  /** Encrypts the key. */
  readonly passphrase?: string | undefined;
  /** The PKCS#10 request that was made for it, DER. */
  readonly request?: Uint8Array;
  /** What {@link FILES.enrolment} is to hold, for a key that an enrolment begins with. */
  readonly enrolment?: string;
  readonly random: RandomSource;
}

/**
 * The keys and certificates of one profile, each pair in a directory of its own. One of them signs;
 * all of them open messages, the retired ones too, since what was sealed to them may still be under
 * way. Nothing is ever deleted here.
 */
export class KeyStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** All entries, by name. */
  list(): KeyEntry[] {
    if (!existsSync(this.directory)) return [];
    completeChange(this.directory);
    return readdirSync(this.directory, { withFileTypes: true })
      .filter((file) => file.isDirectory() && LABEL.test(file.name))
      .map((file) => readEntry(this.directory, file.name))
      .sort((a, b) => (a.label < b.label ? -1 : 1));
  }

  /** @throws MsgError `key-missing` when there is no such entry. */
  find(label: string): KeyEntry {
    if (LABEL.test(label) && existsSync(join(this.directory, label))) {
      completeChange(this.directory);
      return readEntry(this.directory, label);
    }
    throw new MsgError('key-missing', `no key ${JSON.stringify(label.slice(0, 80))} in the store`, {
      hint: 'list the keys with "msg identity show"',
    });
  }

  /** The entry that signs, if one was chosen. */
  current(): KeyEntry | undefined {
    const path = join(this.directory, CURRENT);
    return existsSync(path) ? this.find(readPublic(path).toString('utf8').trim()) : undefined;
  }

  /**
   * Adds a key that has no certificate yet, wholly or not at all.
   *
   * @throws MsgError `file-exists` when the label is taken, `usage` when it is not a file name.
   */
  async add(pending: PendingKey): Promise<KeyEntry> {
    const label = pending.label ?? labelOf(pending.key);
    if (!LABEL.test(label) || label === CURRENT) throw badLabel(label);
    const partial = join(this.directory, `.${label}.${randomBytes(6).toString('hex')}`);
    try {
      await writePending(partial, pending);
      this.#moveIn(partial, label);
      syncDirectory(this.directory);
      removeAbandoned(this.directory, (name) => UNFINISHED.test(name));
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
    return this.find(label);
  }

  /**
   * Attaches the certificate that an authority has issued for a pending key. The first certificate
   * in the store becomes the one that signs.
   *
   * @param chain the issuers, nearest first, without the root.
   * @throws MsgError `certificate-own` when it is for another key, `file-exists` when the entry has
   *   one already.
   */
  attach(label: string, certificate: Certificate, chain: readonly Certificate[] = []): KeyEntry {
    const entry = this.find(label);
    const { directory } = entry;
    requireFor(entry, certificate);
    if (existsSync(join(directory, FILES.certificate))) {
      throw new MsgError('file-exists', `the key ${label} has a certificate already`, {
        hint: 'make a new key with "msg identity create": the old one stays as it is, to open what was sealed to it',
      });
    }
    writeChain(directory, chain);
    writeWhole(join(directory, FILES.certificate), certificateToPem(certificate), { mode: 0o644 });
    if (this.current() === undefined) this.setCurrent(label);
    return this.find(label);
  }

  /**
   * Puts another certificate in the place of one that nobody knows yet, such as one that the wrong
   * authority has issued. The former one is kept beside it, with its issuers; repeating it changes nothing.
   *
   * @param chain the issuers, nearest first, without the root.
   * @returns where the former certificate is
   * @throws MsgError `certificate-own` when it is for another key, or the entry has none.
   */
  replaceCertificate(
    label: string,
    certificate: Certificate,
    chain: readonly Certificate[],
  ): string {
    const entry = this.find(label);
    const { directory, certificate: former } = entry;
    if (former === undefined) throw withoutCertificate(label);
    requireFor(entry, certificate);
    const path = join(directory, formerFile(former.fingerprint));
    const text = [former, ...entry.chain].map(certificateToPem).join('');
    writeWhole(path, text, { mode: 0o644, force: true });
    writeChain(directory, chain);
    const pem = certificateToPem(certificate);
    writeWhole(join(directory, FILES.certificate), pem, { mode: 0o644, force: true });
    return path;
  }

  /**
   * Puts other issuers beside a certificate that is there: those that were missing, or new ones.
   *
   * @param chain the issuers, nearest first, without the root.
   * @throws MsgError `certificate-own` when the entry has no certificate.
   */
  setIssuers(label: string, chain: readonly Certificate[]): KeyEntry {
    const entry = this.find(label);
    if (entry.certificate === undefined) throw withoutCertificate(label);
    writeChain(entry.directory, chain);
    return this.find(label);
  }

  /**
   * Chooses the entry that signs from now on.
   *
   * @throws MsgError `certificate-own` when it has no certificate or is retired.
   */
  setCurrent(label: string): void {
    const entry = this.find(label);
    const status = keyStatus(entry);
    if (status !== 'active') {
      throw new MsgError('certificate-own', `the key ${label} is ${status}`, {
        hint: HINTS[status],
      });
    }
    writeWhole(join(this.directory, CURRENT), `${label}\n`, { force: true });
  }

  /**
   * Takes an entry out of use for signing; it goes on opening messages. Retiring it twice keeps the
   * first date.
   *
   * @throws MsgError `usage` for the entry that signs: another one has to be chosen first.
   */
  retire(label: string, clock: Clock): void {
    const { directory, retiredAt } = this.find(label);
    if (this.current()?.label === label) {
      throw new MsgError('usage', `the key ${label} signs and cannot be retired`, {
        hint: 'choose another one first with "msg identity use LABEL"',
      });
    }
    if (retiredAt !== undefined) return;
    writeWhole(join(directory, FILES.retired), `${new Date(clock()).toISOString()}\n`);
  }

  /**
   * Loads the pair that signs.
   *
   * @param entry the current entry, where it has been read already.
   * @throws MsgError `key-missing` when there is none, and as {@link readKeyFile} does.
   */
  async loadCurrent(
    passphrase: PassphraseSource,
    entry: KeyEntry | undefined = this.current(),
  ): Promise<OwnKey> {
    if (entry?.certificate === undefined) {
      throw new MsgError('key-missing', `no key with a certificate in ${this.directory}`, {
        hint: 'make one with "msg identity create", have it certified, then "msg identity import"',
      });
    }
    return load(entry, entry.certificate, passphrase);
  }

  /**
   * Loads every pair that can open messages: the one that signs first, then those whose certificate
   * begins latest. The passphrase is asked for once.
   *
   * @throws MsgError as {@link readKeyFile} does, for any of them.
   */
  async loadForOpening(passphrase: PassphraseSource): Promise<OwnKey[]> {
    const current = this.current()?.label;
    const once = askOnce(passphrase);
    const pairs = this.list().flatMap((entry) =>
      entry.certificate === undefined ? [] : [{ entry, certificate: entry.certificate }],
    );
    const rank = (pair: (typeof pairs)[number]): number =>
      pair.entry.label === current ? Infinity : pair.certificate.notBefore;
    pairs.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
    return Promise.all(pairs.map(({ entry, certificate }) => load(entry, certificate, once)));
  }

  #moveIn(partial: string, label: string): void {
    try {
      renameSync(partial, join(this.directory, label));
    } catch (cause) {
      if (errnoOf(cause) !== 'ENOTEMPTY' && errnoOf(cause) !== 'EEXIST') throw cause;
      throw new MsgError('file-exists', `the store has a key ${label} already`, {
        hint: 'choose another one with --label',
      });
    }
  }
}

function writeChain(directory: string, chain: readonly Certificate[]): void {
  const issuers = chain.map(certificateToPem).join('');
  writeWhole(join(directory, FILES.chain), issuers, { mode: 0o644, force: true });
}

async function writePending(directory: string, pending: PendingKey): Promise<void> {
  const { key, passphrase, random, request, enrolment } = pending;
  await writeKeyFile(join(directory, FILES.key), key, { passphrase, random });
  const publicKey = writePem('PUBLIC KEY', key.spki);
  writeWhole(join(directory, FILES.publicKey), publicKey, { mode: 0o644 });
  if (enrolment !== undefined) writeWhole(join(directory, FILES.enrolment), enrolment);
  if (request === undefined) return;
  const csr = writePem('CERTIFICATE REQUEST', request);
  writeWhole(join(directory, FILES.request), csr, { mode: 0o644 });
}

async function load(
  entry: KeyEntry,
  certificate: Certificate,
  passphrase: PassphraseSource,
): Promise<OwnKey> {
  const key = await loadKeyOf(entry, passphrase);
  if (key.spki.equals(certificate.spki)) return { certificate, key };
  const path = join(entry.directory, FILES.key);
  throw new MsgError('key-refused', `${path} does not belong to the certificate beside it`, {
    hint: 'put both back from a backup of the key store',
  });
}

function labelOf(key: SoftwareKey): string {
  return createHash('sha256').update(key.spki).digest('hex').slice(0, 12);
}

function askOnce(passphrase: PassphraseSource): PassphraseSource {
  let answer: Promise<string | undefined> | undefined;
  return () => (answer ??= passphrase());
}
