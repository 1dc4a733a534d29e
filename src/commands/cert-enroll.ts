import { MsgError } from '../errors.js';
import {
  beginEnrolment,
  encodeEnrolment,
  type UnderWay,
} from '../identity/est/enrolment-record.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { createRequest } from '../identity/request.js';
import { generateKey } from '../identity/software-key.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { findExtension } from '../x509/certificate.js';
import { readExtendedKeyUsage } from '../x509/extension-values.js';
import { EXTENSION, PURPOSE } from '../x509/oids.js';
import type { EstClient } from '../identity/est/client.js';
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
import { requestFor, type RequestedNames } from './identity-create.js';
import { passphraseForNewKey } from './passphrases.js';

/** What `msg cert enroll` was asked for. */
export interface CertEnrollOptions extends EnrolmentOptions, RequestedNames {}

/**
 * Makes a key and has the authority's EST server certify it; an enrolment that is under way goes on
 * with its key. Once there is a certificate, doing it again changes nothing.
 */
export async function run(options: CertEnrollOptions, context: Context): Promise<void> {
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const operation = 'enroll';
  const old = underWay(store, options, { operation, wishes: wishesIn(options) });
  const current = store.current();
  if (old === undefined && options.again !== true && isValid(current, context)) {
    context.report.note(`the key ${current.label} has its certificate: msg cert renew`);
    return printKey(current, 'present', store, context);
  }
  const accept = await acceptance(context);
  const server = once(() => openEst(options, context));
  const begun = old ?? (await begin(store, { options, context, server: await server() }));
  const parts = { store, server, accept, clock: context.clock };
  const entry = await conclude(begun, parts, options, context);
  sayWhatNext(entry, store, context);
  await printKey(entry, 'issued', store, context);
}

/** The flags that decide what is asked for. */
function wishesIn({ type, subject, dns, email }: CertEnrollOptions): readonly string[] {
  const wishes = { '--type': type, '--subject': subject, '--dns': dns, '--email': email };
  return Object.entries(wishes).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
}

function isValid(entry: KeyEntry | undefined, { clock }: Context): entry is KeyEntry {
  return (entry?.certificate?.notAfter ?? 0) > clock();
}

async function begin(
  store: KeyStore,
  {
    options,
    context,
    server,
  }: { readonly options: CertEnrollOptions; readonly context: Context; readonly server: EstClient },
): Promise<UnderWay> {
  const session = await context.session();
  const enrolment = { operation: 'enroll', url: (await estUrl(context)).href } as const;
  const waiting = waitingKey(store, options);
  if (waiting !== undefined) return beginEnrolment(waiting, enrolment);
  const attributes = await server.attributes();
  sayUnfulfilled(attributes, context);
  const key = generateKey(
    keyTypeFor({ type: options.type, otherwise: 'p256' }, attributes, context),
  );
  const { additions } = attributes;
  const names = requestFor(session, options);
  const request = await createRequest({ ...names, purposes: PURPOSES, additions }, key);
  const passphrase = await passphraseForNewKey(store, context);
  const entry = await store.add({
    ...{ key, passphrase, request, random: context.random },
    ...{ enrolment: encodeEnrolment(enrolment) },
    ...(options.label === undefined ? {} : { label: options.label }),
  });
  return { entry, enrolment };
}

/** A key that "msg identity create" made, with its request: it is certified as it is. */
function waitingKey(store: KeyStore, options: CertEnrollOptions): KeyEntry | undefined {
  const entry = store.list().find(({ label }) => label === options.label);
  if (entry?.requestPath === undefined || keyStatus(entry) !== 'pending') return undefined;
  const wishes = wishesIn(options);
  if (wishes.length === 0) return entry;
  throw new MsgError('usage', `the key ${entry.label} has its request already`, {
    hint: `leave out ${wishes.join(', ')}; another request: msg identity csr ${entry.label} --subject …`,
  });
}

function sayWhatNext(entry: KeyEntry, store: KeyStore, { report }: Context): void {
  const { label } = entry;
  if (store.current()?.label === label) report.note(`the key ${label} signs: msg register`);
  else report.note(`another key signs; to publish this one: msg rotate --label ${label}`);
  if (!hasPurpose(entry, PURPOSE.clientAuth)) {
    report.warn(
      'the certificate is not for TLS (clientAuth), so it may not be able to renew itself',
      'have the authority issue with clientAuth, or set est.username and est.password for renewals',
    );
  }
}

function hasPurpose({ certificate }: KeyEntry, purpose: string): boolean {
  const extension = certificate && findExtension(certificate, EXTENSION.extKeyUsage);
  return extension === undefined || readExtendedKeyUsage(extension.value).has(purpose);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
