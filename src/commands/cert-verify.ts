import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { arrangeChain } from '../identity/certificate-chain.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { readRevocationLists } from '../session/trust-files.js';
import { trustRulesOf, type TrustRule } from '../session/trust-rules.js';
import { because, isTransient, wantedLists } from '../session/wanted-lists.js';
import { renderTable } from '../terminal/table.js';
import { namesPeer } from '../trust/naming.js';
import { messagePurpose, type Purpose } from '../trust/options.js';
import { validatePath, type PathRequest } from '../trust/validate-path.js';
import { explainRefusal, type PathAccepted, type PathRefused } from '../trust/verdict.js';
import type { Certificate } from '../x509/certificate.js';
import { showDistinguishedName } from '../x509/distinguished-name.js';
import { PURPOSE } from '../x509/oids.js';
import { readCertificateFiles } from './certificate-files.js';
import { parseTime } from './time-argument.js';

/** What a certificate can be judged for. */
export const PURPOSES = ['message', 'tls-client', 'tls-server', 'any'] as const;

/** What `msg cert verify` was asked for. */
export interface CertVerifyOptions {
  /** Paths; `-` is standard input. One certificate, and others that may lead to an anchor. */
  readonly files: readonly string[];
  /** Whose certificate it should be. */
  readonly name?: string | undefined;
  readonly purpose?: (typeof PURPOSES)[number] | undefined;
  readonly at?: string | undefined;
  /** Where the passphrase of a PKCS#12 file is. */
  readonly passphrase?: string | undefined;
}

/** One check, with its reason in a sentence. */
interface Step {
  readonly check: 'path' | 'revocation' | 'name';
  readonly passed: boolean;
  readonly detail: string;
  /** Whether a check that failed may pass later without anything being changed by hand. */
  readonly transient?: boolean;
}

/** What came of all checks. */
interface Judged {
  readonly steps: readonly Step[];
  /** From the certificate to the anchor; the certificate alone where no path holds. */
  readonly path: readonly Certificate[];
  readonly refused: PathRefused | undefined;
}

/**
 * Judges a certificate by the trust settings, whoever it belongs to, and shows each check with its
 * reason.
 *
 * @throws MsgError `peer-untrusted` when one fails, `revocation-unknown` when one cannot be made now.
 */
export async function run(options: CertVerifyOptions, context: Context): Promise<void> {
  const at = options.at === undefined ? context.clock() : parseTime(options.at, context.clock());
  const peer = options.name === undefined ? undefined : parsePeerName(options.name);
  const purpose = options.purpose ?? 'message';
  const { certificate, others } = await arranged(options, context);
  const judged = await judge({ certificate, others, peer, at, purpose }, context);
  const { stdout } = context.io;
  await stdout.write(
    context.json
      ? `${JSON.stringify({ ...describe(certificate, judged), purpose, at: iso(at) })}\n`
      : renderTable({ columns: COLUMNS, rows: rowsOf(judged) }, stdout),
  );
  const failed = judged.steps.find(({ passed }) => !passed);
  if (failed !== undefined) throw untrusted(failed);
}

async function arranged(
  { files, passphrase }: CertVerifyOptions,
  context: Context,
): Promise<{ readonly certificate: Certificate; readonly others: readonly Certificate[] }> {
  const read = await readCertificateFiles(files, passphrase, context);
  const all = read.flatMap(({ certificates }) => certificates);
  const { certificate } = arrangeChain(all, undefined);
  return { certificate, others: all.filter((one) => one !== certificate) };
}

interface Question {
  readonly certificate: Certificate;
  readonly others: readonly Certificate[];
  readonly peer: PeerName | undefined;
  readonly at: number;
  readonly purpose: (typeof PURPOSES)[number];
}

async function judge(question: Question, context: Context): Promise<Judged> {
  const { certificate, others, peer, at } = question;
  const session = await context.session();
  const rule = trustRulesOf(session.settings).ruleFor(peer);
  const request: PathRequest = {
    ...{ certificate, intermediates: others, time: at, purpose: purposeOf(question) },
    ...{ anchors: rule.anchors, crls: [], revocation: 'off' },
  };
  const found = validatePath(request);
  const path = pathStep(found);
  if (!found.ok) return { steps: [path], path: [certificate], refused: found };
  const { step, refused } = await revocationStep(request, found, { rule, session });
  const name = peer === undefined ? [] : [nameStep(certificate, peer, rule)];
  return { steps: [path, step, ...name], path: found.path, refused };
}

function purposeOf({ certificate, purpose }: Question): Purpose {
  const keyUsage = ['digitalSignature'] as const;
  switch (purpose) {
    case 'message':
      return messagePurpose(certificate);
    case 'tls-client':
      return { keyUsage, extendedKeyUsage: [PURPOSE.clientAuth] };
    case 'tls-server':
      return { keyUsage, extendedKeyUsage: [PURPOSE.serverAuth] };
    case 'any':
      return { keyUsage: [] };
  }
}

function pathStep(verdict: PathAccepted | PathRefused): Step {
  if (!verdict.ok) return { check: 'path', passed: false, detail: explainRefusal(verdict) };
  const anchor = verdict.path.at(-1);
  const detail = `leads to the trust anchor ${anchor?.fingerprint.slice(0, 16) ?? ''}, until ${iso(verdict.validUntil)}`;
  return { check: 'path', passed: true, detail };
}

async function revocationStep(
  request: PathRequest,
  found: PathAccepted,
  { rule, session }: { readonly rule: TrustRule; readonly session: Session },
): Promise<{ readonly step: Step; readonly refused: PathRefused | undefined }> {
  const check = 'revocation';
  const { revocation, anchors } = rule;
  if (revocation === 'off') {
    return { step: { check, passed: true, detail: 'not asked for' }, refused: undefined };
  }
  const published = session.publishedLists();
  const wanted = wantedLists(found, [...request.intermediates, ...anchors]);
  const missing = (await published?.bring(wanted, { patience: 'full' })) ?? [];
  const files = readRevocationLists(session.settings['trust.crls'].value ?? []);
  const crls = [...files, ...(published?.lists ?? [])];
  const verdict = validatePath({ ...request, crls, revocation });
  if (!verdict.ok) {
    const detail = because(explainRefusal(verdict), missing);
    const transient = isTransient(verdict, missing);
    return { step: { check, passed: false, detail, transient }, refused: verdict };
  }
  const unknown = because('no current list covers it', missing);
  const detail = verdict.revocationChecked ? 'not revoked' : unknown;
  return { step: { check, passed: true, detail }, refused: undefined };
}

function nameStep(certificate: Certificate, peer: PeerName, { naming }: TrustRule): Step {
  const { ok, message } = namesPeer(certificate, peer, naming);
  return { check: 'name', passed: ok, detail: message };
}

const COLUMNS = [{ title: 'check' }, { title: 'result' }, { title: 'reason' }];

function rowsOf({ path, steps }: Judged): readonly (readonly string[])[] {
  const certificates = path.map((one, index) => {
    const role = index === 0 ? 'certificate' : index === path.length - 1 ? 'anchor' : 'issuer';
    return [role, '', `${nameOf(one)} (until ${iso(one.notAfter)})`];
  });
  const checks = steps.map(({ check, passed, detail }) => [
    check,
    passed ? 'pass' : 'fail',
    detail,
  ]);
  return [...certificates, ...checks];
}

/** Part of the `--json` contract. */
function describe(certificate: Certificate, { steps, path, refused }: Judged): object {
  return {
    ...{ subject: nameOf(certificate), fingerprint: certificate.fingerprint },
    trusted: steps.every(({ passed }) => passed),
    ...(refused === undefined ? {} : { reason: refused.reason }),
    steps,
    path: path.map((one) => ({ subject: nameOf(one), fingerprint: one.fingerprint })),
  };
}

function untrusted({ check, detail, transient = false }: Step): MsgError {
  if (transient) {
    return new MsgError('revocation-unknown', `the certificate cannot be judged now: ${detail}`, {
      hint: 'try again later',
    });
  }
  return new MsgError('peer-untrusted', `the certificate is not trusted: ${detail}`, {
    hint: HINTS[check],
  });
}

const HINTS = {
  path: 'other anchors: --trust-anchors FILE; issuers that are missing: give their files, too',
  revocation: 'lists: --trust-crls FILE; how strictly: --trust-revocation if-published',
  name: 'compare trust.naming with how the consortium names its peers',
} as const;

function nameOf({ subject, fingerprint }: Certificate): string {
  const name = showDistinguishedName(subject);
  return name === '' ? `certificate ${fingerprint.slice(0, 16)}` : name;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
