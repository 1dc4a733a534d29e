import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { enrolmentsUnderWay, pursue, type EnrolmentParts } from '../identity/est/enrol.js';
import { enrolmentOf, endEnrolment, type UnderWay } from '../identity/est/enrolment-record.js';
import type { CsrAttributes } from '../identity/est/csr-attributes.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import type { KeyType } from '../identity/software-key.js';
import type { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { trustFor } from '../session/judge.js';
import type { EstServerOptions } from './est-server.js';

/** What enrolling and renewing have in common. */
export interface EnrolmentOptions extends EstServerOptions {
  /** The kind of key; what the authority names first, or P-256, where absent. */
  readonly type?: KeyType | undefined;
  /** The new key's name in the store. */
  readonly label?: string | undefined;
  /** For how long to wait for somebody's approval. */
  readonly wait?: string | undefined;
  /** Ask although the server wanted to be asked later. */
  readonly now?: boolean | undefined;
  /** Begin anew, whatever is there or under way. */
  readonly again?: boolean | undefined;
}

/** What message certificates are asked for: to open and sign, and to renew themselves over TLS. */
export const PURPOSES = ['emailProtection', 'clientAuth'] as const;

/** How long it takes clocks to agree, in milliseconds. */
const CLOCK_SKEW = 300_000;

/**
 * The enrolment that is to be taken up where it was left, if there is one.
 *
 * @param wishes flags that make sense at the beginning only
 * @throws MsgError `usage` when there are several, or one that `wishes` come too late for.
 */
export function underWay(
  store: KeyStore,
  { again, label }: EnrolmentOptions,
  {
    operation,
    wishes,
  }: { readonly operation: 'enroll' | 'renew'; readonly wishes: readonly string[] },
): UnderWay | undefined {
  const all = enrolmentsUnderWay(store, operation);
  if (again === true) {
    for (const { entry } of all) endEnrolment(entry);
    return undefined;
  }
  const found = label === undefined ? all : all.filter(({ entry }) => entry.label === label);
  const [one, another] = found;
  if (one === undefined) return undefined;
  if (another !== undefined) {
    throw new MsgError('usage', `${found.length} certificates are being waited for`, {
      hint: `name one: --label ${found.map(({ entry }) => entry.label).join(' or ')}`,
    });
  }
  if (wishes.length > 0) {
    throw new MsgError('usage', `the key ${one.entry.label} waits for its certificate already`, {
      hint: `leave out ${wishes.join(', ')}; or begin anew with --again`,
    });
  }
  return one;
}

/**
 * Judges what was issued as its readers will, by the profile's trust settings, which are read now: what
 * cannot be judged must not be asked for.
 *
 * @throws MsgError `config`
 */
export async function acceptance(context: Context): Promise<EnrolmentParts['accept']> {
  const { clock } = context;
  const session = await context.session();
  const { settings, self } = session;
  const trust = trustFor(settings, { clock, published: session.publishedLists() });
  return async (certificate, chain) => {
    const named = trust.name(certificate, self);
    if (!named.passed) throw refused(named.detail, NAME_HINT);
    const early = certificate.notBefore - clock();
    const at = early > 0 && early < CLOCK_SKEW ? certificate.notBefore : clock();
    const issuers = chain.map(({ der }) => der);
    const steps = await trust.path({ certificate, chain: issuers, peer: self, at });
    const failed = steps.find(({ passed }) => !passed);
    if (failed === undefined) return;
    if (failed.transient !== true) throw refused(failed.detail, PATH_HINT);
    throw new MsgError(
      'revocation-unknown',
      `the certificate cannot be judged now: ${failed.detail}`,
      {
        hint: 'it is kept: run the same command again later',
      },
    );
  };
}

const KEPT = 'what was issued is kept: mend that and run it again, or ask anew with --again';
const NAME_HINT = `compare trust.naming with what the authority certifies; ${KEPT}`;
const PATH_HINT = `compare trust.anchors and trust.crls with what the authority has (msg cert cacerts); ${KEPT}`;

function refused(detail: string, hint: string): MsgError {
  return new MsgError('enrolment-refused', `no peer would believe the new certificate: ${detail}`, {
    hint,
  });
}

/** The kind of key to make: what the caller says, else what the authority wants. */
export function keyTypeFor(
  { type, otherwise }: { readonly type: KeyType | undefined; readonly otherwise: KeyType },
  { keyTypes }: CsrAttributes,
  { report }: Context,
): KeyType {
  if (type === undefined) return keyTypes[0] ?? otherwise;
  if (keyTypes.length > 0 && !keyTypes.includes(type)) {
    report.warn(`the authority asks for keys of the kind ${keyTypes.join(' or ')}, not ${type}`);
  }
  return type;
}

/** Says what of an authority's wishes a request does not fulfil. */
export function sayUnfulfilled(
  { wantsChannelBinding, ignored }: CsrAttributes,
  { report }: Context,
): void {
  if (wantsChannelBinding) {
    report.warn('the authority wants requests bound to the TLS session, which msg does not do');
  }
  if (ignored.length > 0) {
    report.detail(`the authority also names ${ignored.join(', ')}: left to it to add`);
  }
}

/**
 * Pursues an enrolment until there is a certificate.
 *
 * @throws MsgError `enrolment-pending` when somebody has to approve it first, and longer than to be
 *   waited for.
 */
export async function conclude(
  begun: UnderWay,
  parts: EnrolmentParts,
  options: EnrolmentOptions,
  context: Context,
): Promise<KeyEntry> {
  const { clock, report } = context;
  const patience = options.wait === undefined ? 0 : parseDuration(options.wait);
  const deadline = clock() + patience;
  let now = options.now;
  for (;;) {
    const { entry } = begun;
    const enrolment = enrolmentOf(entry) ?? begun.enrolment;
    const outcome = await pursue({ entry, enrolment }, { ...parts, now });
    if (outcome.kind === 'issued') return outcome.entry;
    if (outcome.retryAt > deadline) throw pending(entry, outcome.retryAt);
    report.note(`somebody has to approve it; asking again at ${iso(outcome.retryAt)}`);
    await sleep(Math.max(outcome.retryAt - clock(), 0));
    now = false;
  }
}

function pending({ label }: KeyEntry, retryAt: number): MsgError {
  return new MsgError(
    'enrolment-pending',
    `the certificate of the key ${label} is to be approved`,
    {
      hint: `run the same command again from ${iso(retryAt)} on; or let it wait: --wait 1h`,
    },
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** How the key of an entry and its certificate stand, on stdout: the label, or a JSON object. */
export async function printKey(
  entry: KeyEntry,
  state: 'issued' | 'present' | 'not-due' | 'renewed',
  store: KeyStore,
  { io, json }: Context,
): Promise<void> {
  const { label, certificate } = entry;
  const shown = {
    ...{ label, state, status: keyStatus(entry), current: store.current()?.label === label },
    fingerprint: certificate?.fingerprint,
    notAfter: certificate && iso(certificate.notAfter),
  };
  await io.stdout.write(`${json ? JSON.stringify(shown) : label}\n`);
}
