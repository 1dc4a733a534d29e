import { formatDuration } from '../domain/duration.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { loadKeyOf } from '../identity/entry-key.js';
import type { KeyEntry } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import {
  publishedVersion,
  requireAcceptable,
  requirePublisher,
} from '../messaging/own-publication.js';
import { inboxOf } from '../messaging/recipients.js';
import { parseAddress } from '../registry/address.js';
import type { PeerRecord } from '../registry/port.js';
import { encodeProfile } from '../registry/profile.js';
import type { DirectoryWriter, Publication, WriteOutcome } from '../registry/writer-port.js';
import type { Context } from '../runtime.js';
import { preparePublication } from '../session/registration.js';
import { keyUsesOf } from '../session/key-use.js';
import type { Session } from '../session/session.js';
import type { Certificate } from '../x509/certificate.js';
import {
  describeOutcome,
  printOutcomes,
  refreshBook,
  type ChangeOptions,
} from './directory-change.js';
import { findOrTake, ownAccount } from './own-record.js';

/** What `msg register` and `msg rotate` were asked for. */
export interface RegisterOptions extends ChangeOptions {
  /** The key whose certificate is published; the one that signs where absent. */
  readonly label?: string | undefined;
  /** For a name that is taken while registration is open. */
  readonly guardian?: string | undefined;
}

/** A key of the store that has its certificate. */
type CertifiedEntry = KeyEntry & { readonly certificate: Certificate };

/** What is left to be written. */
interface Plan {
  readonly record: PeerRecord;
  /** The version that the certificate has or gets. */
  readonly index: number;
  readonly publication: Publication | undefined;
  /** The profile to be set; undefined where it says what it should. */
  readonly profile: Uint8Array | undefined;
  readonly inbox: string;
}

/**
 * Publishes one's own certificate, and the inbox where the setting names another one than the
 * directory. Everything that a reader would refuse is refused here, before it costs gas; what is
 * published already is left as it is.
 */
export async function run(options: RegisterOptions, context: Context): Promise<void> {
  const guardian = options.guardian === undefined ? undefined : parseAddress(options.guardian);
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const entry = entryToPublish(store, options.label);
  const writer = once(() => session.writer({ dryRun: options.dryRun === true }));
  const { record, taken } = await findOrTake({ session, writer, guardian });
  const outcomes = taken === undefined ? [] : [taken];
  const plan =
    record === undefined ? undefined : await planFor(entry, record, { session, context });
  if (plan !== undefined) outcomes.push(...(await perform(plan, writer)));
  await print({ entry, plan, outcomes, name: session.self }, context);
  say({ entry, plan, outcomes, name: session.self }, context);
  if (options.dryRun === true) return;
  if (outcomes.length > 0) await refreshBook(session);
  if (store.current()?.label !== entry.label) {
    store.setCurrent(entry.label);
    context.report.note(await whoSigns(entry, session, context));
  }
}

/** Who signs from now on: the former key as long as there may be peers that do not know the new one. */
async function whoSigns(
  { label }: CertifiedEntry,
  session: Session,
  { clock }: Context,
): Promise<string> {
  const now = clock();
  const uses = await keyUsesOf(session, { freshness: session.freshness, now });
  const signsFrom = uses?.get(label)?.signsFrom;
  const [signer] = [...(uses ?? [])].find(([, { signs }]) => signs) ?? [];
  if (signsFrom === undefined || signer === undefined) return `the key ${label} signs from now on`;
  const wait = formatDuration(Math.max(1, Math.ceil((signsFrom - now) / 1_000)) * 1_000);
  return `the key ${label} signs in ${wait}, when every peer knows it; until then ${signer} does`;
}

function entryToPublish(store: KeyStore, label: string | undefined): CertifiedEntry {
  const entry = label === undefined ? store.current() : store.find(label);
  if (entry !== undefined && hasCertificate(entry)) return entry;
  const text =
    entry === undefined
      ? `no key with a certificate in ${store.directory}`
      : `the key ${entry.label} has no certificate yet`;
  throw new MsgError('key-missing', text, {
    hint: 'make a key with "msg identity create", have it certified, then "msg identity import"',
  });
}

function hasCertificate(entry: KeyEntry): entry is CertifiedEntry {
  return entry.certificate !== undefined;
}

async function planFor(
  entry: CertifiedEntry,
  record: PeerRecord,
  { session, context }: { readonly session: Session; readonly context: Context },
): Promise<Plan> {
  const wanted = session.settings.inbox.value;
  const inbox = wanted ?? inboxOf(record);
  const profile =
    inbox === inboxOf(record) ? undefined : encodeProfile({ ...record.profile, inbox });
  const published = publishedVersion(record, entry.certificate, session.judge());
  const index = published?.index ?? record.certificates.length;
  if (published === undefined || profile !== undefined) {
    requirePublisher(record, await ownAccount(session));
  }
  const publication =
    published === undefined ? await acceptable(entry, record, { session, context }) : undefined;
  return { record, index, publication, profile, inbox };
}

async function acceptable(
  entry: CertifiedEntry,
  record: PeerRecord,
  { session, context }: { readonly session: Session; readonly context: Context },
): Promise<Publication> {
  const key = await loadKeyOf(entry, () => session.keyPassphrase());
  const { chainId, address: directory } = await session.book().head(session.freshness);
  const own = { certificate: entry.certificate, key };
  const registration = { own, chain: entry.chain, record, chainId, directory };
  const publication = await preparePublication(registration);
  await requireAcceptable({ record, publication }, session.judge(), context.clock());
  return publication;
}

/** The inbox first: once the certificate is there, senders go by both. */
async function perform(
  { record, profile, publication }: Plan,
  open: () => Promise<DirectoryWriter>,
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  if (profile !== undefined) outcomes.push(await (await open()).setProfile(record.name, profile));
  if (publication !== undefined) outcomes.push(await (await open()).publish(publication));
  return outcomes;
}

interface Result {
  readonly name: PeerName;
  readonly entry: CertifiedEntry;
  readonly plan: Plan | undefined;
  readonly outcomes: readonly WriteOutcome[];
}

async function print({ name, entry, plan, outcomes }: Result, context: Context): Promise<void> {
  if (!context.json) return printOutcomes(outcomes, context);
  const [first] = outcomes;
  const written = first?.kind === 'dry-run' ? 'dry-run' : 'written';
  const described = {
    ...{ peer: name, index: plan?.index ?? 0, fingerprint: entry.certificate.fingerprint },
    ...{ inbox: plan?.inbox, state: first === undefined ? 'registered' : written },
    transactions: outcomes.map(describeOutcome),
  };
  await context.io.stdout.write(`${JSON.stringify(described)}\n`);
}

function say({ name, entry, plan, outcomes }: Result, { report }: Context): void {
  if (plan?.record.status === 'suspended') {
    report.warn(`${name} is suspended`, 'readers refuse it until a registrar lifts the suspension');
  }
  if (outcomes.length === 0) {
    report.note(
      `already registered: the key ${entry.label} is version ${plan?.index ?? 0} of ${name}`,
    );
    return;
  }
  if (outcomes.some(({ kind }) => kind === 'dry-run')) {
    report.note('dry run: the calls would succeed; nothing was sent');
    return;
  }
  if (plan?.profile !== undefined) report.note(`the inbox of ${name} is ${plan.inbox}`);
  if (plan?.publication !== undefined) {
    report.note(`published certificate version ${plan.index} of ${name}`);
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
