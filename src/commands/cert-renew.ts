import { join } from 'node:path';
import { MsgError } from '../errors.js';
import { loadKeyOf } from '../identity/entry-key.js';
import type { EstClient } from '../identity/est/client.js';
import { encodeEnrolment, renewedBy, type UnderWay } from '../identity/est/enrolment-record.js';
import type { TlsIdentity } from '../identity/est/exchange.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { createRenewalRequest } from '../identity/request.js';
import { generateKey, keyTypeOf, type SoftwareKey } from '../identity/software-key.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { withFileLock } from '../sqlite/file-lock.js';
import type { Certificate } from '../x509/certificate.js';
import { certificateToPem } from '../x509/pem.js';
import {
  acceptance,
  conclude,
  keyTypeFor,
  printKey,
  PURPOSES,
  sayUnfulfilled,
  underWay,
  type EnrolmentOptions,
} from './enrolment.js';
import { estUrl, openEst } from './est-server.js';
import { passphraseForNewKey } from './passphrases.js';
import { parseRenewalRule, renewalTime, untilThen } from './renewal-due.js';

/** What `msg cert renew` was asked for. */
export interface CertRenewOptions extends EnrolmentOptions {
  /** Renew only when this says that it is time. */
  readonly expiresIn?: string | undefined;
  /** Keep the key, and have it certified once more. */
  readonly reuseKey?: boolean | undefined;
  /** Publish the new certificate on the chain, too. */
  readonly rotate?: boolean | undefined;
}

type Certified = KeyEntry & { readonly certificate: Certificate };

/**
 * Gets a new certificate in place of the one that signs, authenticated by that one. Whatever an earlier
 * run left unfinished is finished first: a certificate that is waited for, one that is not yet published.
 */
export async function run(options: CertRenewOptions, context: Context): Promise<void> {
  const { settings } = await context.session();
  const store = new KeyStore(settings.keys.value);
  const path = join(store.directory, 'renewal.lock');
  const what = `the renewal of the keys in ${store.directory}`;
  await withFileLock({ path, what, timeout: LOCK_TIMEOUT }, () =>
    runAlone(store, options, context),
  );
}

/** How long a renewal waits for another one, in milliseconds. */
const LOCK_TIMEOUT = 60_000;

/** Two at the same time, a timer's and an operator's, would have two certificates issued. */
async function runAlone(
  store: KeyStore,
  options: CertRenewOptions,
  context: Context,
): Promise<void> {
  const rule = options.expiresIn === undefined ? undefined : parseRenewalRule(options.expiresIn);
  const old = underWay(store, options, { operation: 'renew', wishes: wishesIn(options) });
  const present = requireCurrent(store);
  const successor = options.again === true ? undefined : successorOf(present, store, context);
  if (old === undefined && successor !== undefined) {
    context.report.note(`the key ${successor.label} has a newer certificate already`);
    return settle(successor, { store, options, context });
  }
  const due = rule === undefined ? 0 : renewalTime(present.certificate, rule);
  if (old === undefined && due > context.clock()) {
    context.report.note(`the certificate is due for renewal ${untilThen(due, context.clock())}`);
    return printKey(present, 'not-due', store, context);
  }
  await settle(await renew(old, present, { store, options, context }), { store, options, context });
}

interface Work {
  readonly store: KeyStore;
  readonly options: CertRenewOptions;
  readonly context: Context;
}

function wishesIn({ type, reuseKey }: CertRenewOptions): readonly string[] {
  const wishes = { '--type': type, '--reuse-key': reuseKey };
  return Object.entries(wishes).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
}

function requireCurrent(store: KeyStore): Certified {
  const entry = store.current();
  if (isCertified(entry)) return entry;
  throw new MsgError('key-missing', `no key with a certificate in ${store.directory}`, {
    hint: 'enrol first: msg cert enroll',
  });
}

function isCertified(entry: KeyEntry | undefined): entry is Certified {
  return entry?.certificate !== undefined;
}

/** What an earlier run has renewed the certificate by, where it does not sign yet. */
function successorOf(
  present: Certified,
  store: KeyStore,
  { clock }: Context,
): Certified | undefined {
  return store
    .list()
    .filter(isCertified)
    .filter((entry) => keyStatus(entry) === 'active' && renewedBy(entry) === present.label)
    .filter(({ certificate }) => certificate.notAfter > clock())
    .sort((a, b) => b.certificate.notBefore - a.certificate.notBefore)[0];
}

async function renew(
  old: UnderWay | undefined,
  present: Certified,
  { store, options, context }: Work,
): Promise<KeyEntry> {
  const accept = await acceptance(context);
  const renewed = old?.enrolment.renews === undefined ? present : store.find(old.enrolment.renews);
  const session = await context.session();
  const key = once(() => loadKeyOf(renewed, () => session.keyPassphrase()));
  const server = once(async () => openEst(options, context, identityOf(renewed, await key())));
  const begun =
    old ??
    (await begin(present, { store, options, context, key: await key(), server: await server() }));
  return conclude(begun, { store, server, accept, clock: context.clock }, options, context);
}

async function begin(
  { certificate, label: renews }: Certified,
  work: Work & { readonly key: SoftwareKey; readonly server: EstClient },
): Promise<UnderWay> {
  const { store, options, context, server } = work;
  const attributes = await server.attributes();
  sayUnfulfilled(attributes, context);
  const otherwise = keyTypeOf(work.key);
  const key =
    options.reuseKey === true
      ? work.key
      : generateKey(keyTypeFor({ type: options.type, otherwise }, attributes, context));
  const { additions } = attributes;
  const extras = { purposes: PURPOSES, additions: { ...additions, names: [] } };
  const request = await createRenewalRequest(certificate, key, extras);
  const passphrase = await passphraseForNewKey(store, context);
  const enrolment = { operation: 'renew', url: (await estUrl(context)).href, renews } as const;
  const label = options.label ?? (options.reuseKey === true ? nextLabel(renews, store) : undefined);
  const entry = await store.add({
    ...{ key, passphrase, request, random: context.random },
    ...{ enrolment: encodeEnrolment(enrolment) },
    ...(label === undefined ? {} : { label }),
  });
  return { entry, enrolment };
}

/** A label for the same key once more: `acme`, `acme-2`, `acme-3`. */
function nextLabel(label: string, store: KeyStore): string {
  const taken = new Set(store.list().map((entry) => entry.label));
  const base = label.replace(/-\d{1,4}$/, '').slice(0, 58);
  for (let number = 2; ; number++) {
    const candidate = `${base}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function identityOf({ certificate, chain }: KeyEntry, key: SoftwareKey): TlsIdentity {
  const certificates = certificate === undefined ? chain : [certificate, ...chain];
  return {
    certificate: certificates.map(certificateToPem).join(''),
    key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** Says what is left to be done, or does it. */
async function settle(entry: KeyEntry, { store, options, context }: Work): Promise<void> {
  await printKey(entry, 'renewed', store, context);
  if (options.rotate === true) {
    const { run: rotate } = await import('./rotate.js');
    return rotate({ label: entry.label }, context);
  }
  context.report.note(`publish it, and it signs from then on: msg rotate --label ${entry.label}`);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
